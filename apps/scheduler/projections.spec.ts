import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { executorProjection } from './executor.projection.js';
import { metricField } from './metric-field.js';
import { toPublic } from './outbound.js';
import { queueProjection } from './queue.projection.js';
import { runProjection } from './run.projection.js';
import type { Projection } from '#runtime';
import { folded } from '#runtime/testing';
import { history } from './testing/history.js';

const projections = [runProjection, queueProjection, executorProjection] as unknown as readonly Projection[];
const golden = (name: string): unknown => {
  const file = new URL(`./golden/${name}.json`, import.meta.url);
  if (!existsSync(file)) throw new Error(`no golden/${name}.json: write what this version gives, once`);
  return JSON.parse(readFileSync(file, 'utf8'));
};

describe('read models', () => {
  it.each(projections.map((projection) => [`${projection.name}@${projection.version}`, projection] as const))(
    '%s gives what it gave when its version was fixed; other output needs another version',
    (name, projection) => {
      expect(folded(projection, history())).toEqual(golden(name));
    },
  );

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
