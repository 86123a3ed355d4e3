import { describe, expect, it } from '@jest/globals';
import type { Digest, Instant } from '#kernel';
import { treeOf } from '#evidence';
import type { Manifest } from '#domain/manifest';
import type { Metric, RunEvent } from '#domain/run';
import { compareManifests, compareResults, judge, resultOf, within, type RunResult } from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const digest = (digit: string) => `sha256:${digit.repeat(64)}` as Digest;
const base = {
  code: { tree: digest('c'), sizeBytes: 1 },
  environment: { kind: 'node', digest: digest('e') },
  data: {
    birds: { digest: digest('1'), format: 'csv' },
    weather: { digest: digest('2'), format: 'csv' },
  },
  knobs: { l2: 0.1, epochs: 3 },
  seed: { root: 1, method: 'hkdf-sha256/1' },
  determinism: { sourceDateEpoch: 1, network: false, variables: {} },
  steps: {
    prepare: { run: ['a'], in: { raw: { data: 'birds' } }, out: { clean: 'c' } },
    train: {
      run: ['b'],
      in: { clean: { step: 'prepare', output: 'clean' } },
      out: { model: 'm' },
      after: [],
    },
    report: { run: ['c'], in: { sky: { data: 'weather' }, all: { step: 'train' } }, out: { page: 'p' } },
  },
  resources: { cpu: 1, memoryBytes: 1, timeoutMs: 1, diskBytes: 1, pids: 1 },
  isolation: null,
  architecture: 'x64',
  secrets: {},
} as const;
const manifest = (more: object = {}) => ({ v: 1, pinned: { ...base, ...more } }) as unknown as Manifest;
const whats = (...args: Parameters<typeof compareManifests>) =>
  compareManifests(...args).map(({ what, likelihood }) => `${what} ${likelihood}`);

describe('causes', () => {
  it('are none between like manifests', () => {
    expect(compareManifests(manifest(), manifest())).toEqual([]);
  });

  it('are all named, the likeliest first', () => {
    const other = manifest({
      knobs: { l2: 0.2, epochs: 3 },
      seed: { root: 2, method: 'hkdf-sha256/1' },
      data: { ...base.data, birds: { ...base.data.birds, digest: digest('9') } },
      environment: { kind: 'node', digest: digest('f') },
      resources: { ...base.resources, cpu: 2 },
    });
    expect(whats(manifest(), other)).toEqual([
      'data.birds 0.9',
      'knobs.l2 0.7',
      'seed.root 0.65',
      'environment.digest 0.5',
      'resources.cpu 0.1',
    ]);
  });

  it('that cannot reach the first differing step are told as such', () => {
    const data = {
      birds: { ...base.data.birds, digest: digest('8') },
      weather: { ...base.data.weather, digest: digest('9') },
    };
    expect(whats(manifest(), manifest({ data }), { firstDiffering: 'train' })).toEqual([
      'data.birds 0.9',
      'data.weather 0',
    ]);
    expect(whats(manifest(), manifest({ data }), { firstDiffering: 'report' })).toEqual([
      'data.birds 0.9',
      'data.weather 0.9',
    ]);
  });

  it('in the code are told file by file where both trees are at hand', () => {
    const file = (path: string, digit: string, mode: '100644' | '100755' = '100644') =>
      ({ path, digest: digest(digit), sizeBytes: 5, mode }) as const;
    const other = manifest({ code: { tree: digest('d'), sizeBytes: 1 } });
    const code = {
      a: treeOf([file('a.mjs', '1'), file('b.mjs', '2'), file('c.mjs', '3')]),
      b: treeOf([file('a.mjs', '1', '100755'), file('b.mjs', '9'), file('d.mjs', '3')]),
    };
    expect(
      compareManifests(manifest(), other, { code }).map(({ what, detail }) => `${what}: ${detail}`),
    ).toEqual([
      'code.a.mjs: mode 100644 became 100755',
      'code.b.mjs: bytes changed, 5 became 5 bytes',
      'code.c.mjs: only in the first',
      'code.d.mjs: only in the second',
    ]);
    expect(whats(manifest(), other)).toEqual(['code 0.8']);
  });
});

const metric = (name: string, value: number): Metric => ({
  name,
  value,
  count: 1,
  min: value,
  max: value,
  folds: 0,
});
const output = (name: string, digit: string) =>
  ({ name, path: name, kind: 'file', digest: digest(digit), sizeBytes: 5 }) as const;
const result = (model: string, accuracy: number, series = '5'): RunResult => ({
  steps: [
    { step: 'prepare', fold: null, outputs: [output('clean', '1')], metrics: digest('0'), summary: [] },
    {
      step: 'train',
      fold: 0,
      outputs: [output('model', model), output('plot', '3')],
      metrics: digest(series),
      summary: [metric('accuracy', accuracy)],
    },
  ],
  metrics: [metric('accuracy', accuracy)],
});

describe('results', () => {
  it('differ first by the order of the steps, then by name, metrics of the run last', () => {
    const { differences, firstDiffering } = compareResults(result('2', 0.9), result('9', 0.8, '6'));
    expect(firstDiffering).toBe('train');
    expect(differences.map(({ what }) => what)).toEqual([
      'outputs.train[0].model',
      'metrics.train[0].accuracy',
      'metrics.accuracy',
    ]);
    expect(compareResults(result('2', 0.9), result('2', 0.9))).toEqual({ differences: [] });
    const [series] = compareResults(result('2', 0.9), result('2', 0.9, '6')).differences;
    expect(series).toMatchObject({ what: 'metrics.train[0]', detail: 'same last values, another series' });
  });

  it('name steps that only one side has', () => {
    const whole = result('2', 0.9);
    const half = { ...whole, steps: whole.steps.slice(0, 1) };
    expect(compareResults(whole, half).differences[0]).toMatchObject({ detail: 'only in the first' });
    expect(compareResults(half, whole).differences[0]).toMatchObject({
      what: 'steps.train[0]',
      detail: 'only in the second',
    });
  });

  it('are those of the last attempt, in the order of the steps', () => {
    const step = (name: string, digit: string, epoch: number): RunEvent => ({
      type: 'StepCompleted',
      epoch,
      step: name,
      fold: null,
      outputs: [output('x', digit)],
      undeclared: [],
      stdout: { digest: digest('0'), sizeBytes: 0 },
      stderr: { digest: digest('0'), sizeBytes: 0 },
      metrics: { digest: digest('0'), sizeBytes: 0 },
      summary: [],
      durationMs: 1,
      seed: '',
      at,
    });
    const claimed = (epoch: number): RunEvent => ({
      type: 'RunClaimed',
      epoch,
      executor: 'e',
      release: '1',
      at,
    });
    const events = [
      claimed(1),
      step('prepare', '1', 1),
      claimed(2),
      step('train', '3', 2),
      step('prepare', '2', 2),
      { type: 'RunCompleted', epoch: 2, metrics: [metric('a', 1)], at } as const,
    ];
    const found = resultOf(events, manifest());
    expect(found.steps.map(({ step: name, outputs }) => [name, outputs[0]?.digest])).toEqual([
      ['prepare', digest('2')],
      ['train', digest('3')],
    ]);
    expect(found.metrics).toEqual([metric('a', 1)]);
  });
});

describe('a verdict', () => {
  const verdict = (b: RunResult, tolerances: Parameters<typeof judge>[3]) => {
    const a = result('2', 0.9);
    return judge(a, b, compareResults(a, b), tolerances);
  };
  it('is of bytes first, then of declared metrics within their tolerance', () => {
    const tolerances = { accuracy: { abs: 0.05, rel: 0 } };
    expect(verdict(result('2', 0.9), {})).toBe('identical');
    expect(verdict(result('9', 0.94), tolerances)).toBe('equivalent');
    expect(verdict(result('9', 0.96), tolerances)).toBe('diverged');
    expect(verdict(result('9', 0.9), {})).toBe('diverged');
    expect(verdict(result('9', 0.9), { absent: { abs: 1, rel: 1 } })).toBe('diverged');
    const half = { ...result('2', 0.9), steps: [] };
    expect(verdict(half, tolerances)).toBe('diverged');
  });

  it('takes tolerances to be of the original, and NaN to be like itself only', () => {
    expect(within(100, 101, { abs: 0, rel: 0.01 })).toBe(true);
    expect(within(100, 101.1, { abs: 0, rel: 0.01 })).toBe(false);
    expect(within(NaN, NaN, { abs: 0, rel: 0 })).toBe(true);
    expect(within(NaN, 1, { abs: 9, rel: 9 })).toBe(false);
  });
});
