import { describe, expect, it } from '@jest/globals';
import type { ColumnSample, CsvSample } from '#domain/dataset';
import { compareColumns, familyRate } from './index.js';
import { seededNormal } from './testing/seeded-normal.js';

const numeric = (name: string, numbers: readonly number[], empty = 0): ColumnSample => ({
  ...{ name, filled: numbers.length, empty },
  numbers: [...numbers].sort((a, b) => a - b),
});
const categorical = (name: string, counts: Record<string, number>, empty = 0): ColumnSample => ({
  ...{ name, filled: Object.values(counts).reduce((sum, count) => sum + count, 0), empty },
  counts: new Map(Object.entries(counts)),
});
const sample = (...columns: readonly ColumnSample[]): CsvSample => ({
  rows: 100,
  complete: true,
  more: 0,
  columns,
});
const found = (a: CsvSample, b: CsvSample) =>
  compareColumns('birds', a, b).findings.map(({ subject, test }) => [subject, test]);

/** A table of one draw: two columns of numbers, two of categories, cells missing in one. */
function drawn(normal: () => number, shift = 0): CsvSample {
  const draw = (n: number, of: () => number) => Array.from({ length: n }, of);
  const counted = (share: number) => {
    const a = draw(100, normal).filter((value) => value < share).length;
    return { a, b: 100 - a };
  };
  const empty = draw(100, normal).filter((value) => value > 1).length;
  return sample(
    numeric(
      'x',
      draw(100, () => normal() + shift),
    ),
    numeric(
      'y',
      draw(100 - empty, () => Math.round(normal() * 3)),
      empty,
    ),
    categorical('p', counted(0)),
    categorical('q', counted(1)),
  );
}

describe('columns of two versions', () => {
  it('alarm no more often than is stated on 1,000 pairs of identical draws, all columns together', () => {
    const normal = seededNormal(20260101);
    const draws = 1000;
    const alarms = Array.from({ length: draws }, () =>
      compareColumns('d', drawn(normal), drawn(normal)),
    ).filter(({ findings }) => findings.length > 0);
    // Three standard deviations of a binomial count above what the rate allows.
    const bound = draws * familyRate + 3 * Math.sqrt(draws * familyRate * (1 - familyRate));
    expect(alarms.length).toBeLessThanOrEqual(bound);
  });

  it('alarm on a shift of one standard deviation, in the column that shifted', () => {
    const normal = seededNormal(7);
    const shifted = Array.from({ length: 100 }, () => found(drawn(normal), drawn(normal, 1)));
    expect(shifted.filter(([first]) => first?.[0] === 'birds.x').length).toBeGreaterThanOrEqual(99);
  });

  it('divide the rate by the number of tests, and say so', () => {
    const [a, b] = [drawn(seededNormal(1)), drawn(seededNormal(2), 3)];
    const { findings, tests } = compareColumns('birds', a, b);
    expect(tests).toBe(5);
    expect(findings[0]).toMatchObject({
      ...{ kind: 'data', subject: 'birds.x', n: 200, falseAlarmRate: familyRate / 5 },
      detail: expect.stringContaining('one of 5 tests, 1 % false alarms together'),
    });
  });

  it('that come, go or change their type are named without a test', () => {
    const a = sample(numeric('x', [1, 2]), numeric('old', [1]), categorical('p', { u: 1 }));
    const b = sample(categorical('x', { '1': 1, NA: 1 }), numeric('new', [1]), categorical('p', { u: 1 }));
    expect(found(a, b)).toEqual([
      ['birds.old', 'equality of columns'],
      ['birds.new', 'equality of columns'],
      ['birds.x', 'equality of column types'],
    ]);
  });

  it('that went missing alarm, whatever is in the rest', () => {
    const numbers = Array.from({ length: 100 }, (_, i) => i % 10);
    expect(found(sample(numeric('x', numbers)), sample(numeric('x', numbers, 100)))).toEqual([
      ['birds.x', 'chi-square homogeneity'],
    ]);
  });

  it('of too many different values are said to be untested', () => {
    const names = { name: 'name', filled: 5000, empty: 0 };
    expect(compareColumns('birds', sample(names), sample(names))).toEqual({
      ...{ findings: [], tests: 0, untested: ['name'] },
    });
  });
});
