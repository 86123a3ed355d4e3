import type { BlueprintEvent } from '#domain/blueprint';
import type { DatasetEvent } from '#domain/dataset';
import type { EnvironmentEvent } from '#domain/environment';
import type { KnobEvent } from '#domain/knob';
import { at, blob, digest, namespace } from './fixed.js';
import type { Samples } from './samples.js';

const knob = {
  knob: 'learningRate',
  type: 'number',
  unit: '1',
  range: { min: 1e-7, max: 1 },
  default: 0.1,
  description: 'Step size of the gradient descent',
  owner: 'modelling team',
} as const;
const python = {
  environment: 'python-312',
  kind: 'host-python',
  architecture: 'arm64',
  digest: digest('1'),
  interpreter: digest('2'),
  packages: digest('3'),
  lock: digest('4'),
  version: '3.12.4',
  location: '/srv/venvs/species',
  sbom: digest('5'),
} as const;

export const blueprintSamples: Samples<BlueprintEvent> = {
  BlueprintVersionDeclared: {
    type: 'BlueprintVersionDeclared',
    namespace,
    name: 'species',
    version: digest('a'),
    number: 2,
    previous: digest('9'),
    document: blob('b'),
    lock: blob('c'),
    source: blob('d', 0),
    why: 'Do four body measurements tell the three species apart?',
    at,
  },
};

export const knobSamples: Samples<KnobEvent> = {
  KnobDeclared: { type: 'KnobDeclared', namespace, declaration: knob, revision: 1, at },
  KnobRevised: { type: 'KnobRevised', declaration: { ...knob, default: 0.25 }, revision: 2, at },
  KnobRetired: { type: 'KnobRetired', revision: 2, at },
};

export const environmentSamples: Samples<EnvironmentEvent> = {
  EnvironmentRegistered: { type: 'EnvironmentRegistered', namespace, declaration: python, number: 1, at },
  EnvironmentDescribed: {
    type: 'EnvironmentDescribed',
    declaration: {
      environment: 'drift-image',
      kind: 'image',
      architecture: 'x64',
      digest: digest('6'),
      image: 'registry.example:5000/lab/python',
    },
    number: 3,
    at,
  },
};

export const datasetSamples: Samples<DatasetEvent> = {
  DatasetVersionAdded: {
    type: 'DatasetVersionAdded',
    namespace,
    name: 'palmer-penguins',
    number: 2,
    digest: digest('d'),
    sizeBytes: 9_007_199_254_740_991,
    format: 'csv',
    schema: blob('e'),
    profile: blob('f'),
    about: {
      description: 'Palmer Archipelago, 2007–2009',
      origin: 'https://example.org/penguins.csv',
      license: 'CC0-1.0',
      parents: ['palmer-penguins@1', 'weather@12'],
      transformation: 'rows without sex removed',
    },
    at,
  },
};
