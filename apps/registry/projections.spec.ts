import { describe, expect, it } from '@jest/globals';
import { blueprintProjection } from './blueprint.projection.js';
import { datasetProjection } from './dataset.projection.js';
import { environmentProjection } from './environment.projection.js';
import { knobProjection } from './knob.projection.js';
import { toPublic } from './outbound.js';
import { folded, foldToGolden, goldenBeside } from '#runtime/testing';
import { history } from './testing/history.js';

const projections = [blueprintProjection, datasetProjection, environmentProjection, knobProjection];
const golden = goldenBeside(import.meta.url);

describe('read models', () => {
  foldToGolden(projections, history, golden);

  it('begin anew where a name is declared anew', () => {
    const [all, twice] = [history(), [...history().slice(0, 3), ...history()]];
    expect(folded(knobProjection, twice)).toEqual(folded(knobProjection, all));
  });
});

describe('public events', () => {
  it('are told of every stored type, without what is private', () => {
    expect(history().map(toPublic)).toEqual(golden('outbound'));
    const [first] = history();
    expect(first && toPublic({ ...first, type: 'SomethingElse' })).toBeUndefined();
  });
});
