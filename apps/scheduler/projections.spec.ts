import { describe, expect, it } from '@jest/globals';
import { executorProjection } from './executor.projection.js';
import { metricField } from './metric-field.js';
import { toPublic } from './outbound.js';
import { queueProjection } from './queue.projection.js';
import { runProjection } from './run.projection.js';
import { folded, foldToGolden, goldenBeside } from '#runtime/testing';
import { history } from './testing/history.js';

const projections = [runProjection, queueProjection, executorProjection];
const golden = goldenBeside(import.meta.url);

describe('read models', () => {
  foldToGolden(projections, history, golden);

  it('agree on which runs are not over', () => {
    const waiting = folded(queueProjection, history()).map(({ id, place }) => [id, place === null]);
    const open = folded(runProjection, history())
      .filter(({ endedAt }) => endedAt === null)
      .map(({ id, executor }) => [id, executor !== null]);
    expect(waiting).toEqual(open);
    expect(waiting).toHaveLength(3);
  });
});

describe('metric names', () => {
  it('become one step of a field path each, no two the same', () => {
    const names = ['a.b', 'a/b', 'a_b', 'a_db', 'a_sb', 'a__b', 'a-b', 'ab'];
    const fields = names.map(metricField);
    expect(new Set(fields).size).toBe(names.length);
    for (const field of fields) expect(field).toMatch(/^[A-Za-z][A-Za-z0-9_-]*$/);
  });
});

describe('public events', () => {
  it('are told of every stored type, without what is private', () => {
    const told = history().map(toPublic);
    expect(told).toEqual(golden('outbound'));
    expect(told).not.toContain(undefined);
    expect(JSON.stringify(told)).not.toContain('it broke');
    const [first] = history();
    expect(first && toPublic({ ...first, type: 'SomethingElse' })).toBeUndefined();
  });
});
