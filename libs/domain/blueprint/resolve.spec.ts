import { describe, expect, it } from '@jest/globals';
import type { Json } from '#kernel';
import { reproducibilityKey, type Manifest } from '#domain/manifest';
import { readdirSync, readFileSync } from 'node:fs';
import { catalogueQuestions, resolve, type CatalogueAnswers, type Lock } from './index.js';
import { digest, golden, penguinsAnswers, penguinsLock, python, readGood } from './testing/examples.js';

const text = golden('penguins.yaml');
const written = /^retry: .*$/m.exec(text)?.[0] as string;
type Change = {
  readonly blueprint?: readonly [from: string, to: string];
  readonly lock?: Partial<Lock>;
  readonly answers?: Partial<CatalogueAnswers>;
  readonly overrides?: Readonly<Record<string, Json>>;
};
const attempt = ({ blueprint: [from, to] = ['', ''], lock, answers, overrides = {} }: Change) => {
  const read = readGood(text.replace(from, () => to));
  return resolve({
    ...read,
    lock: { ...penguinsLock, ...lock },
    answers: { ...penguinsAnswers, ...answers },
    overrides,
  });
};
const pin = penguinsLock.data['penguins'] as Lock['data'][string];
const { learningRate: _, ...otherKnobs } = penguinsAnswers.knobs;
const seedKnob = { knob: 'seed', type: 'integer', default: 0, description: 'A seed of its own' } as const;

const refused: readonly (readonly [name: string, change: Change, code: string, field: string])[] = [
  ['a lock of another blueprint', { lock: { blueprint: 'penguins/islands' } }, 'LOCK_STALE', 'blueprint'],
  [
    'another architecture',
    { blueprint: ['seed: 2', 'architecture: arm64\nseed: 2'] },
    'LOCK_STALE',
    'architecture',
  ],
  [
    'another commit',
    { blueprint: ['{ path: ./src }', `{ git: "https://git.example/a.git", commit: "${'1'.repeat(40)}" }`] },
    'LOCK_STALE',
    'code.commit',
  ],
  ['another environment', { blueprint: ['node-26 ', 'node-27 '] }, 'LOCK_STALE', 'environment'],
  [
    'another image',
    { blueprint: ['node-26 ', `{ image: "a@${digest('9')}" } `] },
    'LOCK_STALE',
    'environment',
  ],
  [
    'an environment nobody registered',
    { answers: { environments: [] } },
    'ENVIRONMENT_UNKNOWN',
    'environment',
  ],
  ['data that is not pinned', { lock: { data: {} } }, 'DATA_UNPINNED', 'data.penguins'],
  ['data that is gone', { lock: { data: { penguins: pin, other: pin } } }, 'LOCK_STALE', 'data.other'],
  [
    'another dataset version',
    { blueprint: ['penguins@1', 'penguins@2'] },
    'LOCK_STALE',
    'data.penguins.dataset',
  ],
  ['a dataset nobody added', { answers: { datasets: {} } }, 'DATASET_UNKNOWN', 'data.penguins'],
  [
    'other bytes',
    { lock: { data: { penguins: { ...pin, digest: digest('9') } } } },
    'DATASET_DIFFERS',
    'data.penguins',
  ],
  [
    'rows of a file',
    {
      lock: { data: { penguins: { ...pin, format: 'file' } } },
      answers: { datasets: { 'palmer-penguins@1': { digest: pin.digest, format: 'file' } } },
    },
    'PARTITION_NOT_CSV',
    'data.penguins',
  ],
  [
    'rows by a column that is not there',
    { blueprint: ['sex is known', 'sxe is known'] },
    'COLUMN_UNKNOWN',
    'data.penguins.where',
  ],
  [
    'an unknown column',
    { blueprint: ['stratify: species', 'stratify: island'] },
    'COLUMN_UNKNOWN',
    'data.penguins.folds.stratify',
  ],
  ['an unknown knob', { answers: { knobs: otherKnobs } }, 'KNOB_UNKNOWN', 'knobs.learningRate'],
  [
    'a retired knob',
    { answers: { knobs: otherKnobs, retiredKnobs: ['learningRate'] } },
    'KNOB_RETIRED',
    'knobs.learningRate',
  ],
  [
    'a knob out of range',
    { blueprint: ['learningRate: 0.1', 'learningRate: 7'] },
    'KNOB_OUT_OF_RANGE',
    'knobs.learningRate',
  ],
  ['an override out of range', { overrides: { epochs: 0 } }, 'KNOB_OUT_OF_RANGE', 'knobs.epochs'],
  ['an override of the wrong type', { overrides: { epochs: ['1'] } }, 'KNOB_TYPE', 'knobs.epochs'],
  ['a root seed below 0', { overrides: { seed: -1 } }, 'SEED_INVALID', 'seed'],
  ['an override of no knob', { overrides: { epoch: 3 } }, 'KNOB_NOT_SET', 'knobs.epoch'],
  [
    'an override of what every object has',
    { overrides: { constructor: 3 } },
    'KNOB_NOT_SET',
    'knobs.constructor',
  ],
  ['a secret without version', { lock: { secrets: {} } }, 'SECRET_UNPINNED', 'secrets.API_TOKEN'],
];

describe('resolve', () => {
  it.each(refused)('refuses %s', (_name, change, code, field) => {
    const { manifest, problems } = attempt(change);
    expect(manifest).toBeUndefined();
    expect(problems.map((problem) => [problem.code, problem.field])).toContainEqual([code, field]);
    for (const { fix } of problems) expect(fix).toBeTruthy();
  });

  it('gives every problem at once', () => {
    const { problems } = attempt({
      lock: { data: {}, secrets: {} },
      answers: { environments: [] },
      overrides: { epochs: 0, epoch: 1 },
    });
    expect(problems.map(({ code }) => code)).toEqual([
      'ENVIRONMENT_UNKNOWN',
      'DATA_UNPINNED',
      'KNOB_NOT_SET',
      'KNOB_OUT_OF_RANGE',
      'SECRET_UNPINNED',
    ]);
  });

  it('takes another root seed, unless `seed` is a knob', () => {
    const { manifest } = attempt({ overrides: { seed: 5, epochs: 7 } });
    expect(manifest?.pinned).toMatchObject({ seed: { root: 5 }, knobs: { epochs: 7 } });
    expect(manifest?.pinned.knobs).not.toHaveProperty('seed');
    const answers = { knobs: { ...penguinsAnswers.knobs, seed: seedKnob } };
    const knob = attempt({
      blueprint: ['epochs: 300', 'epochs: 300, seed: 1'],
      answers,
      overrides: { seed: 5 },
    });
    expect(knob.manifest?.pinned).toMatchObject({ seed: { root: 20260101 }, knobs: { seed: 5 } });
    for (const seed of [-1, 0.5, '7', null, 2 ** 53])
      expect(attempt({ overrides: { seed } }).problems).toMatchObject([
        { code: 'SEED_INVALID', field: 'seed' },
      ]);
  });

  it('takes overrides that are inside their range', () => {
    expect(attempt({ overrides: { epochs: 7 } }).manifest?.pinned.knobs).toEqual({
      learningRate: 0.1,
      epochs: 7,
      l2: 0.001,
    });
  });

  it('keeps the place of a host environment out of what is pinned', () => {
    const { environment: name, architecture: _architecture, location, ...pinned } = python;
    const { manifest } = attempt({
      blueprint: ['node-26 ', '{ host: { python: .venv, lock: requirements.txt } } '],
      lock: { environment: { name, ...pinned } },
    });
    expect(manifest?.pinned.environment).toEqual(pinned);
    expect(manifest?.declared.environment).toEqual({ name, location });
  });

  it.each([
    ['', { attempts: 3, on: ['executor-lost', 'lease-expired'] }],
    ['retry: { attempts: 1, on: [] }', { attempts: 1, on: [] }],
    [
      'retry: { attempts: 9, on: [timeout, internal, timeout] }',
      { attempts: 9, on: ['internal', 'timeout'] },
    ],
  ])('repeats what the blueprint says with %j', (line, retry) => {
    const { manifest } = attempt({ blueprint: [written, line] });
    expect(manifest?.declared.retry).toEqual(retry);
    expect(manifest && reproducibilityKey(manifest)).toBe(
      reproducibilityKey(attempt({}).manifest as Manifest),
    );
  });

  it('knows what to ask the catalogue', () => {
    const { blueprint } = readGood(text);
    expect(catalogueQuestions(blueprint, penguinsLock)).toEqual({
      knobs: ['epochs', 'l2', 'learningRate'],
      datasets: ['palmer-penguins@1'],
      environment: digest('e'),
    });
  });

  it('is tried for every code it has', () => {
    const folder = new URL('.', import.meta.url);
    const sources = readdirSync(folder).filter((name) => /^resolve(-.*)?\.js$/.test(name));
    const codes = sources.flatMap(
      (name) => readFileSync(new URL(name, folder), 'utf8').match(/'[A-Z]+(?:_[A-Z]+)+'/g) ?? [],
    );
    const tried = new Set(refused.map(([, , code]) => `'${code}'`));
    expect(codes.filter((code) => !tried.has(code))).toEqual([]);
  });
});
