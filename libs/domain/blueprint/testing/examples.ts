import { readFileSync } from 'node:fs';
import type { Digest, Json } from '#kernel';
import { hostPythonDigest, type EnvironmentDeclaration } from '#domain/environment';
import type { KnobDeclaration } from '#domain/knob';
import { checkBlueprint, type Blueprint, type CatalogueAnswers, type Lock } from '../index.js';

/** A file of the golden folder, as it was written. */
export const golden = (name: string): string =>
  readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8');

export const digest = (digit: string): Digest => `sha256:${digit.repeat(64)}` as Digest;

const knob = (name: string, type: 'number' | 'integer', min: number, max: number): KnobDeclaration => ({
  knob: name,
  type,
  range: { min, max },
  default: min,
  description: `How much ${name}`,
});

export const knobs: Readonly<Record<string, KnobDeclaration>> = {
  learningRate: knob('learningRate', 'number', 0, 1),
  epochs: knob('epochs', 'integer', 1, 10_000),
  l2: knob('l2', 'number', 0, 10),
};

export const penguinsLock: Lock = {
  v: 1,
  holdfast: '0.1.0',
  blueprint: 'penguins/species',
  architecture: 'x64',
  code: { tree: digest('c'), sizeBytes: 4096 },
  sourceDateEpoch: 315_532_800,
  environment: { name: 'node-26', kind: 'node', digest: digest('e') },
  data: { penguins: { dataset: 'palmer-penguins@1', digest: digest('d'), format: 'csv', sizeBytes: 15_000 } },
  secrets: { API_TOKEN: '3' },
};

export const node: EnvironmentDeclaration = {
  environment: 'node-26',
  kind: 'node',
  architecture: 'x64',
  digest: digest('e'),
};
const parts = { interpreter: digest('1'), packages: digest('2'), lock: digest('3') };
export const python = {
  environment: 'species-host',
  kind: 'host-python',
  architecture: 'x64',
  digest: hostPythonDigest(parts),
  ...parts,
  location: '/srv/venvs/species',
} as const satisfies EnvironmentDeclaration;

export const penguinsAnswers: CatalogueAnswers = {
  knobs,
  datasets: {
    'palmer-penguins@1': {
      digest: digest('d'),
      format: 'csv',
      columns: ['species', 'sex', 'bill_length_mm'],
    },
  },
  environments: [node, python],
};

/** A blueprint that must be good. */
export function readGood(text: string): { readonly blueprint: Blueprint; readonly document: Json } {
  const { blueprint, document, problems } = checkBlueprint(text, { file: 'holdfast.yaml' });
  if (blueprint === undefined || document === undefined) throw new Error(JSON.stringify(problems, null, 1));
  return { blueprint, document };
}

/** The lock and the catalogue that belong to golden/sensors.yaml. */
export const sensorsLock: Lock = {
  v: 1,
  holdfast: '0.1.0',
  blueprint: 'field-lab/sensor-drift',
  architecture: 'arm64',
  code: { tree: digest('c'), sizeBytes: 123_456, commit: '0123456789abcdef0123456789abcdef01234567' },
  sourceDateEpoch: 1_690_000_000,
  environment: {
    name: 'drift-image',
    kind: 'image',
    image: 'registry.example:5000/lab/python',
    digest: digest('a'),
  },
  data: {
    readings: { dataset: 'room-readings@12', digest: digest('1'), format: 'csv', sizeBytes: 9_000_000 },
    weather: { dataset: 'sensor-drift-weather@1', digest: digest('2'), format: 'csv', sizeBytes: 70_000 },
    pictures: {
      dataset: 'sensor-drift-pictures@3',
      digest: digest('3'),
      format: 'tree',
      sizeBytes: 800_000_000,
    },
  },
};

export const sensorsAnswers: CatalogueAnswers = {
  knobs: {
    degree: {
      knob: 'degree',
      type: 'integer',
      range: { min: 1, max: 9 },
      default: 2,
      description: 'Of the polynomial',
    },
    prior: {
      knob: 'prior',
      type: 'string',
      choices: ['normal', 'flat'],
      default: 'flat',
      description: 'Of the slope',
    },
    robust: { knob: 'robust', type: 'boolean', default: false, description: 'Weigh outliers down' },
    shrinkage: {
      knob: 'shrinkage',
      type: 'number',
      range: { min: 0 },
      default: 0,
      description: 'Towards the mean',
    },
  },
  datasets: {
    'room-readings@12': { digest: digest('1'), format: 'csv', columns: ['room', 'humidity', 'at'] },
    'sensor-drift-weather@1': { digest: digest('2'), format: 'csv' },
    'sensor-drift-pictures@3': { digest: digest('3'), format: 'tree' },
  },
  environments: [
    {
      environment: 'drift-image',
      kind: 'image',
      architecture: 'arm64',
      image: 'registry.example:5000/lab/python',
      digest: digest('a'),
    },
  ],
};
