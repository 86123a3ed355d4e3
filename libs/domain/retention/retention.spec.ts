import { describe, expect, it } from '@jest/globals';
import { fold, streamId, type Instant } from '#kernel';
import { nameId } from '#evidence';
import { blueprintStream } from '#domain/blueprint';
import { datasetStream } from '#domain/dataset';
import {
  classStream,
  forEver,
  forEverClass,
  isDue,
  keptBy,
  labelOf,
  namespaceStream,
  retention,
  standingOf,
  subjectsOf,
  type RetentionClass,
  type RetentionEvent,
} from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const run = nameId('run', 'x');
const declare = {
  type: 'DeclareClass',
  name: 'short',
  artifacts: ['outputs', 'logs'],
  keepForDays: 30,
  authority: 'policy 7',
  at,
} as const;
const declared: RetentionEvent = { ...declare, type: 'RetentionClassDeclared' };
const changed = (type: 'RetentionLengthened' | 'RetentionShortened', keepForDays: number | null) =>
  ({ type, name: 'short', keepForDays, authority: 'policy 7', at }) as const;
const subject = streamId('run', run);
const assign = { type: 'AssignClass', subject, label: 'run x', class: 'short', at } as const;
const assigned: RetentionEvent = { ...assign, type: 'RetentionAssigned' };

describe('retention', () => {
  it.each([
    ['declares a class', [], declare, [declared]],
    ['declares it once', [declared], { ...declare, artifacts: ['logs', 'outputs'] }, []],
    [
      'says that it was lengthened',
      [declared],
      { ...declare, keepForDays: 31 },
      [changed('RetentionLengthened', 31)],
    ],
    ['for ever', [declared], { ...declare, keepForDays: null }, [changed('RetentionLengthened', null)]],
    [
      'or shortened',
      [declared, changed('RetentionLengthened', null)],
      { ...declare, keepForDays: 0 },
      [changed('RetentionShortened', 0)],
    ],
    ['puts a subject in a class', [], assign, [assigned]],
    ['once', [assigned], assign, []],
    ['and into another', [assigned], { ...assign, class: forEver }, [{ ...assigned, class: forEver }]],
  ] as const)('%s', (_, given, when, then) => {
    expect(retention.decide(when, fold(retention, given))).toEqual(then);
  });

  it('refuses to change what a class disposes of', () => {
    const refused = expect.objectContaining({ kind: 'rule', code: 'RETENTION_ARTIFACTS_FIXED' });
    const other = { ...declare, artifacts: ['data'] } as const;
    expect(() => retention.decide(other, fold(retention, [declared]))).toThrow(refused);
  });

  it('keeps classes and subjects in streams of their own', () => {
    expect(classStream('short')).toMatch(/^retention-[0-9a-f-]{36}$/);
    expect(classStream('long')).not.toBe(classStream('short'));
  });
});

describe('how a run stands', () => {
  const facts = { id: run, namespace: 'penguins', blueprint: 'penguins/species', since: at };
  const short: RetentionClass = { name: 'short', artifacts: ['logs'], keepForDays: 1, authority: 'policy 7' };
  const classes = new Map([
    ['short', short],
    ['endless', { ...short, name: 'endless', keepForDays: null }],
  ]);
  const blueprint = blueprintStream('penguins', 'species');
  const assignments = (rows: readonly [ReturnType<typeof streamId>, string][]) =>
    new Map(rows.map(([of, name]) => [of, { class: name }]));
  const standing = (now: string, ...rows: [ReturnType<typeof streamId>, string][]) =>
    standingOf(facts, assignments(rows), classes, now as Instant);

  it('is for ever when nothing says otherwise', () => {
    expect(standing('2999-01-01T00:00:00.000Z')).toEqual({ class: forEverClass, isOver: false });
  });

  it('goes by the nearest: the run, its blueprint, its namespace', () => {
    const space = namespaceStream('penguins');
    expect(standing(at, [space, 'short'])).toMatchObject({ class: short, by: space });
    expect(standing(at, [space, 'short'], [blueprint, 'endless'])).toMatchObject({
      class: { name: 'endless' },
      by: blueprint,
    });
    const named = standing(at, [space, 'short'], [blueprint, 'short'], [subject, forEver]);
    expect(named).toEqual({ class: forEverClass, by: subject, isOver: false });
  });

  it('is over so many days after the end, to the millisecond; never for what has not ended', () => {
    const until = '2026-02-01T09:30:00.000Z';
    expect(standing('2026-02-01T09:29:59.999Z', [blueprint, 'short'])).toMatchObject({
      until,
      isOver: false,
    });
    expect(standing(until, [blueprint, 'short'])).toMatchObject({ until, isOver: true });
    const { since: _, ...open } = facts;
    const rows = assignments([[blueprint, 'short']]);
    const found = standingOf(open, rows, classes, '2999-01-01T00:00:00.000Z' as Instant);
    expect(found).toEqual({ class: short, by: blueprint, isOver: false });
  });

  it('is kept by a hold on it, its bundle, blueprint, namespace or sweep', () => {
    const sweep = nameId('sweep', 'x');
    expect(keptBy({ ...facts, sweep })).toEqual([
      ...[subject, blueprint, namespaceStream('penguins')],
      ...[streamId('bundle', run), streamId('sweep', sweep)],
    ]);
    expect(subjectsOf({ id: run, namespace: 'here' })).toEqual([subject, namespaceStream('here')]);
  });

  it('is the same of a version of a dataset, from when it was added: by the dataset, then its namespace', () => {
    const version = { id: 'x', namespace: 'penguins', dataset: { name: 'birds', number: 2 }, since: at };
    const birds = datasetStream('penguins', 'birds');
    expect(keptBy(version)).toEqual([birds, namespaceStream('penguins')]);
    const rows = assignments([
      [namespaceStream('penguins'), 'endless'],
      [birds, 'short'],
    ]);
    const found = standingOf(version, rows, classes, '2026-02-01T09:30:00.000Z' as Instant);
    expect(found).toMatchObject({ class: short, by: birds, isOver: true });
    expect([isDue(found, ['logs']), isDue(found, ['data'])]).toEqual([true, false]);
    expect([labelOf(version), labelOf(facts)]).toEqual(['dataset penguins/birds@2', `run ${run}`]);
  });
});
