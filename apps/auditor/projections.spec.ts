import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Projection } from '#runtime';
import { folded } from '#runtime/testing';
import { baselineProjection } from './baselines/baseline.projection.js';
import { driftProjection } from './drift/drift.projection.js';
import { historyProjection } from './history/history.projection.js';
import { toPublic } from './outbound.js';
import { runsProjection } from './runs.projection.js';
import { history } from './testing/history.js';

const projections = [
  historyProjection,
  runsProjection,
  baselineProjection,
  driftProjection,
] as unknown as readonly Projection[];
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

  it('hold every event, also of kinds that nobody here knows', () => {
    const [first] = history();
    if (first === undefined) throw new Error('the history is empty');
    const strange = { ...first, kind: 'comet', type: 'CometSeen', eventId: 'e' };
    const docs = folded(historyProjection as unknown as Projection, [strange]);
    expect(docs.map(({ id }) => id)).toEqual(['block-0', 'e']);
  });
});

describe('public events', () => {
  it('are told of every stored type of the auditor, without what is private', () => {
    const own = history().filter(({ kind }) => kind === 'baseline' || kind === 'drift');
    expect(own.map(toPublic)).toEqual(golden('outbound'));
    const [first] = own;
    expect(first && toPublic({ ...first, type: 'SomethingElse' })).toBeUndefined();
  });
});
