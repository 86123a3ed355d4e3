import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkFilter, columnProblems, columnsOf, evaluate, parseFilter } from './index.js';

type Row = Readonly<Record<string, string>>;
const taken = (where: string, row: Row): boolean | undefined =>
  evaluate(
    parseFilter(where),
    (column) => row[column] ?? '',
    () => undefined,
  );
const row = { sex: 'male', mass: '3750', island: 'Dream', 'bill length': '39.10', day: '2007-11-11' };

describe('where', () => {
  it.each([
    ['sex is known', true],
    ['sex is not known', false],
    ['sex is unknown', false],
    ['sex is not unknown', true],
    ["sex = 'male'", true],
    ['sex != "male"', false],
    ['mass = 3750.0', true],
    ['mass > 3.75e3', false],
    ['mass >= 3750 and mass < 4000', true],
    ["island in ('Biscoe', 'Dream')", true],
    ["island not in ('Biscoe', 'Dream')", false],
    ['mass in (1, 3750)', true],
    ["not sex = 'male' or not mass = 3750", false],
    ["sex = 'female' or sex = 'male' and mass > 1", true],
    ["(sex = 'female' or sex = 'male') and mass < 1", false],
    ['`bill length` = 39.1', true],
    ["day >= '2007-11-09' and day < '2007-12-01'", true],
  ])('%s', (where, expected) => {
    expect(taken(where, row)).toBe(expected);
  });

  it.each(['', 'NA', 'N/A', 'NaN', 'nan', 'NULL', 'null'])('knows that %p is no value', (cell) => {
    const unknown = { ...row, sex: cell };
    expect(taken('sex is known', unknown)).toBe(false);
    for (const where of ["sex = 'male'", "sex != 'male'", "not sex = 'male'", "sex in ('male')", 'sex > 1'])
      expect([where, taken(where, unknown)]).toEqual([where, undefined]);
    expect(taken("sex = 'male' or mass > 1", unknown)).toBe(true);
    expect(taken("sex = 'male' and mass < 1", unknown)).toBe(false);
  });

  it('tells of a cell that is compared with a number and is none', () => {
    const found: string[] = [];
    evaluate(
      parseFilter('mass > 1 and sex < 2'),
      (column) => row[column as 'sex'],
      (column, cell) => void found.push(`${column}=${cell}`),
    );
    expect(found).toEqual(['sex=male']);
  });

  it.each([
    ['', ['at character 1: the name of a column is missing']],
    ['sex', ['at character 4: nothing is said of sex']],
    ['sex = male', ['at character 7: a number or a text in quotes is missing']],
    ['sex == 1 && mass <> 2', ['at character 5', 'at character 10', 'at character 18']],
    ['sex is red and mass = and island in Dream', ['character 8', 'character 23', 'character 37']],
    ['(sex is known', ['at character 14: a parenthesis is not closed']],
    ['sex is known mass > 1', ['at character 14: nothing more is expected here']],
    ["sex = 'male", ['at character 7: a quote is not closed', 'at character 12']],
    ['sex IS known AND mass > 1', ['words of this language are lower-case', 'lower-case']],
    ['mass > 1e999', ['beyond what a double holds']],
    [`${'('.repeat(2000)}a is known${')'.repeat(2000)}`, ['nested deeper than 50']],
  ])('%s is refused with every problem', (where, messages) => {
    const { filter, problems } = checkFilter(where, 'data.penguins.where');
    expect(filter).toBeUndefined();
    for (const message of messages)
      expect(problems).toContainEqual(
        expect.objectContaining({
          code: 'WHERE_INVALID',
          field: 'data.penguins.where',
          message: expect.stringContaining(message),
        }),
      );
  });

  it('names the nearest column', () => {
    const filter = parseFilter("sxe is known and island = 'Dream' and weight > 1");
    expect(columnsOf(filter)).toEqual(['sxe', 'island', 'weight']);
    expect(columnProblems(filter, ['sex', 'island', 'body_mass_g'])).toMatchObject([
      { code: 'COLUMN_UNKNOWN', found: 'sxe', fix: 'did you mean sex?' },
      { code: 'COLUMN_UNKNOWN', found: 'weight', fix: 'take one of sex, island, body_mass_g' },
    ]);
  });

  it('gives a filter or problems for any text, never an exception', () => {
    const words = fc.constantFrom(
      'a',
      'is',
      'not',
      'known',
      'in',
      'and',
      'or',
      '(',
      ')',
      ',',
      '=',
      "'x'",
      '1',
      '`',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((parts) => parts.join(' ')),
        ),
        (text) => {
          const { filter, problems } = checkFilter(text);
          expect(filter === undefined).toBe(problems.length > 0);
        },
      ),
    );
  });
});
