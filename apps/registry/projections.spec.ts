import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { blueprintProjection } from './blueprint.projection.js';
import { datasetProjection } from './dataset.projection.js';
import { environmentProjection } from './environment.projection.js';
import { knobProjection } from './knob.projection.js';
import { toPublic } from './outbound.js';
import type { Projection } from '#runtime';
import { folded } from '#runtime/testing';
import { history } from './testing/history.js';

const projections = [
  blueprintProjection,
  datasetProjection,
  environmentProjection,
  knobProjection,
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
