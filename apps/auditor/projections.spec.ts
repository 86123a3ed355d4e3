import { describe, expect, it } from '@jest/globals';
import type { Projection } from '#runtime';
import { folded, foldToGolden, goldenBeside } from '#runtime/testing';
import { baselineProjection } from './baselines/baseline.projection.js';
import { driftProjection } from './drift/drift.projection.js';
import { actorId, historyProjection } from './history/history.projection.js';
import { toPublic } from './outbound.js';
import { runsProjection } from './runs.projection.js';
import { history } from './testing/history.js';

const projections = [historyProjection, runsProjection, baselineProjection, driftProjection];
const golden = goldenBeside(import.meta.url);

describe('read models', () => {
  foldToGolden(projections, history, golden);

  it('hold every event, also of kinds that nobody here knows', () => {
    const [first] = history();
    if (first === undefined) throw new Error('the history is empty');
    const strange = { ...first, kind: 'comet', type: 'CometSeen', eventId: 'e' };
    const docs = folded(historyProjection as unknown as Projection, [strange]);
    expect(docs.map(({ id }) => id)).toEqual([actorId(strange.metadata.actor.id), 'block-0', 'e']);
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
