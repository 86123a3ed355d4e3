import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Digest, Json } from '#kernel';
import { canonicalize } from '#evidence';
import {
  dataFoldCount,
  inputPlan,
  parseManifest,
  reproducibilityKey,
  requiredBlobs,
  requiredDigests,
  stepOrder,
  type Manifest,
  type PinnedData,
  type PinnedStep,
} from './index.js';

const digest = (digit: string) => `sha256:${digit.repeat(64)}` as Digest;
const manifest: Manifest = {
  v: 1,
  pinned: {
    code: { tree: digest('c'), sizeBytes: 4096 },
    environment: {
      kind: 'host-python',
      digest: digest('e'),
      interpreter: digest('1'),
      packages: digest('2'),
      lock: digest('3'),
    },
    data: {
      rows: {
        digest: digest('d'),
        format: 'csv',
        where: 'sex is known',
        folds: { algorithm: 'k-fold/1', k: 3, seed: 11, stratify: 'a' },
      },
      pictures: { digest: digest('f'), format: 'tree' },
    },
    knobs: { rate: 0.1, epochs: 300, solver: 'adam', fast: true },
    seed: { root: 20260101, method: 'hkdf-sha256/1' },
    determinism: { sourceDateEpoch: 315_532_800, network: false, variables: { OMP_NUM_THREADS: '1' } },
    steps: {
      prepare: { run: ['node', 'prepare.mjs'], in: { raw: { data: 'rows' } }, out: { clean: 'clean.csv' } },
      train: {
        run: ['node', 'train.mjs'],
        in: { clean: { step: 'prepare', output: 'clean' } },
        out: { model: 'model.json', plot: 'plot.svg' },
        each: 'fold',
      },
      score: {
        run: ['node', 'score.mjs'],
        in: { model: { step: 'train', output: 'model' } },
        out: { scores: 's.csv' },
        each: 'fold',
      },
      report: {
        run: ['node', 'report.mjs'],
        in: { folds: { step: 'train' }, scores: { step: 'score', output: 'scores' } },
        out: { report: 'report.html' },
      },
      audit: { run: ['node', 'audit.mjs'], in: { all: { step: 'prepare' } }, out: {}, after: ['train'] },
    },
    resources: { cpu: 1, memoryBytes: 2 ** 28, timeoutMs: 120_000, diskBytes: 2 ** 30, pids: 256 },
    isolation: 'required',
    architecture: 'x64',
    secrets: { API_TOKEN: { reference: 'vault:research/api', version: '3' } },
  },
  declared: {
    blueprint: { namespace: 'penguins', name: 'species', version: digest('b') },
    environment: { name: 'species-host', location: '/srv/venvs/species' },
    why: 'Do four body measurements tell the three species apart?',
    metrics: { accuracy: { goal: 'maximize', tolerance: { abs: 0, rel: 0.1 }, unit: '1' } },
    retry: { attempts: 2, on: ['executor-lost'] },
    datasets: { rows: 'palmer-penguins@1', pictures: 'penguin-pictures@1' },
    pool: 'default',
    labels: { gpu: 'a100' },
  },
};
const code = (expected: string) => expect.objectContaining({ code: expected });
const problem = (expected: string) =>
  expect.objectContaining({ problems: expect.arrayContaining([code(expected)]) });

type Path = readonly (string | number)[];
const leavesOf = (value: Json, path: Path = []): Path[] => {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) =>
    leavesOf(inner as Json, [...path, Array.isArray(value) ? Number(key) : key]),
  );
};
const change = (value: Json, [first, ...rest]: Path, to: (leaf: Json) => Json | undefined): Json => {
  if (first === undefined) return to(value) as Json;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<
    string | number,
    Json
  >;
  const inner = change(copy[first] as Json, rest, to);
  if (inner === undefined) delete copy[first];
  else copy[first] = inner;
  return copy as Json;
};
const other = (leaf: Json): Json =>
  typeof leaf === 'number'
    ? leaf + 1
    : typeof leaf === 'boolean'
      ? !leaf
      : typeof leaf === 'string'
        ? `${leaf}~`
        : 'something';

describe('the reproducibility key', () => {
  const key = reproducibilityKey(manifest);
  const pinned = leavesOf(manifest.pinned).map((path) => ['pinned', ...path]);
  const declared = leavesOf(manifest.declared).map((path) => ['declared', ...path]);
  const keyAfter = (path: Path, to: (leaf: Json) => Json | undefined) =>
    reproducibilityKey(change(manifest, path, to) as unknown as Manifest);

  it('changes with every pinned leaf, changed or gone', () => {
    for (const path of pinned) {
      expect([path, keyAfter(path, other)]).not.toEqual([path, key]);
      if (typeof path.at(-1) === 'string')
        expect([path, keyAfter(path, () => undefined)]).not.toEqual([path, key]);
    }
    expect(pinned.length).toBeGreaterThan(50);
  });

  it('changes with nothing that is only declared', () => {
    for (const path of declared) expect([path, keyAfter(path, other)]).toEqual([path, key]);
  });

  it('is not changed by the order of keys', () => {
    const reversed = (value: Json): Json => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, inner]) => [name, reversed(inner as Json)]),
      );
    };
    expect(reproducibilityKey(reversed(manifest) as unknown as Manifest)).toBe(key);
  });

  it('is another for any two different values of any leaf', () => {
    fc.assert(
      fc.property(fc.constantFrom(...pinned), fc.jsonValue(), fc.jsonValue(), (path, a, b) => {
        const same = canonicalize(a as Json) === canonicalize(b as Json);
        expect(keyAfter(path, () => a as Json) === keyAfter(path, () => b as Json)).toBe(same);
      }),
    );
  });
});

describe('the order of steps', () => {
  it('puts every step after what it needs, ties by name, folds by number', () => {
    expect(dataFoldCount(manifest)).toBe(3);
    expect(stepOrder(manifest).map(({ id }) => id)).toEqual([
      ...[
        'prepare',
        'train[0]',
        'train[1]',
        'train[2]',
        'audit',
        'score[0]',
        'score[1]',
        'score[2]',
        'report',
      ],
    ]);
  });

  it('has a fold wait for its own fold, and one step for all folds', () => {
    const needs = Object.fromEntries(stepOrder(manifest).map((instance) => [instance.id, instance.needs]));
    expect(needs['train[2]']).toEqual(['prepare']);
    expect(needs['score[1]']).toEqual(['train[1]']);
    expect(needs['report']).toEqual(['train[0]', 'train[1]', 'train[2]', 'score[0]', 'score[1]', 'score[2]']);
    expect(needs['audit']).toEqual(['prepare', 'train[0]', 'train[1]', 'train[2]']);
  });

  it('holds for any DAG', () => {
    const names = [...'abcdefgh'];
    const dag = fc.array(fc.tuple(fc.nat(7), fc.nat(7), fc.boolean()), { maxLength: 20 });
    fc.assert(
      fc.property(dag, fc.constantFrom(...[1, 3, 5, 7]), (edges, stride) => {
        const shuffled = names.map((_, index) => names[(index * stride) % 8] as string);
        const steps: Record<string, PinnedStep> = Object.fromEntries(
          shuffled.map((name) => [name, { run: ['x'], in: {}, out: { o: 'o' } }]),
        );
        for (const [a, b, each] of edges) {
          const [low, high] = [shuffled[Math.min(a, b)] as string, shuffled[Math.max(a, b)] as string];
          const step = steps[high] as PinnedStep;
          if (low !== high)
            steps[high] = {
              ...step,
              in: { ...step.in, [`${low}In`]: { step: low } },
              ...(each ? { each: 'fold' } : {}),
            };
        }
        const order = stepOrder({ pinned: { ...manifest.pinned, steps } });
        const place = new Map(order.map(({ id }, index) => [id, index]));
        for (const [index, { needs }] of order.entries())
          for (const need of needs) expect(place.get(need)).toBeLessThan(index);
        expect(new Set(order.map(({ step }) => step)).size).toBe(8);
      }),
    );
  });

  it('orders ten thousand steps that wait for each other, folds that need the same sharing one list', () => {
    const names = Array.from({ length: 10 }, (_, i) => `s${i}`);
    const steps = Object.fromEntries(
      names.map((name, i) => {
        const step: PinnedStep = { run: ['x'], in: {}, out: {}, each: 'fold', after: names.slice(0, i) };
        return [name, step];
      }),
    );
    const folds = { algorithm: 'k-fold/1', k: 1000, seed: 1 };
    const rows = { ...(manifest.pinned.data['rows'] as PinnedData), folds };
    const order = stepOrder({ pinned: { ...manifest.pinned, data: { rows }, steps } });
    expect(order).toHaveLength(10_000);
    expect(order.at(-1)?.needs).toHaveLength(9_000);
    expect(order.at(-1)?.needs).toBe(order.at(-2)?.needs);
  });

  it('refuses a circle', () => {
    const { steps } = manifest.pinned;
    const circle = { ...steps, prepare: { ...(steps['prepare'] as PinnedStep), after: ['report'] } };
    expect(() => stepOrder({ pinned: { ...manifest.pinned, steps: circle } })).toThrow(code('STEPS_CYCLIC'));
  });
});

describe('the plan of inputs', () => {
  it.each([
    ['prepare', null, { raw: 'rows' }],
    ['train', 1, { clean: 'prepare clean' }],
    ['score', 2, { model: 'train[2] model' }],
    ['audit', null, { 'all/clean': 'prepare clean' }],
    [
      'report',
      null,
      {
        ...{
          'folds/0/model': 'train[0] model',
          'folds/0/plot': 'train[0] plot',
          'folds/1/model': 'train[1] model',
        },
        ...{
          'folds/1/plot': 'train[1] plot',
          'folds/2/model': 'train[2] model',
          'folds/2/plot': 'train[2] plot',
        },
        ...{ 'scores/0': 'score[0] scores', 'scores/1': 'score[1] scores', 'scores/2': 'score[2] scores' },
      },
    ],
  ] as const)('of %s, fold %s', (step, fold, expected) => {
    const plan = inputPlan(manifest, { step, fold });
    const shown = plan.map(({ path, from }) => [
      path,
      'data' in from ? from.data : `${from.instance} ${from.output}`,
    ]);
    expect(Object.fromEntries(shown)).toEqual(expected);
    expect(plan.map(({ path }) => path)).toEqual(plan.map(({ path }) => path).toSorted());
  });
});

it('names the blobs it needs, each once', () => {
  expect(requiredBlobs(manifest)).toEqual([
    { digest: digest('c'), kind: 'tree', what: 'code', sizeBytes: 4096 },
    { digest: digest('f'), kind: 'tree', what: 'data.pictures' },
    { digest: digest('d'), kind: 'file', what: 'data.rows' },
  ]);
  const twice = { ...manifest.pinned, data: { a: { digest: digest('c'), format: 'tree' as const } } };
  expect(requiredDigests({ pinned: twice })).toEqual([digest('c')]);
});

describe('reading a manifest', () => {
  const text = canonicalize(manifest);
  const withPinned = (pinned: object) =>
    canonicalize({ ...manifest, pinned: { ...manifest.pinned, ...pinned } } as unknown as Json);
  const withStep = (step: object) => withPinned({ steps: { one: { run: ['x'], in: {}, out: {}, ...step } } });

  it('gives back what was written', () => {
    expect(parseManifest(text)).toEqual(manifest);
    expect(parseManifest(new TextEncoder().encode(text))).toEqual(manifest);
  });

  it('refuses what is not in canonical form', () => {
    expect(() => parseManifest(`${text} `)).toThrow(code('MANIFEST_NOT_CANONICAL'));
    expect(() => parseManifest(JSON.stringify(manifest))).toThrow(code('MANIFEST_NOT_CANONICAL'));
    const hidden = text.replace('"knobs":{', '"knobs":{"__proto__":1,');
    expect(() => parseManifest(hidden)).toThrow(code('MANIFEST_NOT_CANONICAL'));
    expect(() => parseManifest(text.replace('{', '{"v":1,'))).toThrow(code('JSON_INVALID'));
  });

  it.each([
    ['an unknown input', withStep({ in: { a: { data: 'constructor' } } }), 'INPUT_UNKNOWN'],
    ['an unknown output', withStep({ in: { a: { step: 'one', output: 'toString' } } }), 'INPUT_UNKNOWN'],
    ['an unknown step', withStep({ after: ['two'] }), 'STEP_UNKNOWN'],
    [
      'folds of nothing',
      withPinned({ data: {}, steps: { one: { run: ['x'], in: {}, out: {}, each: 'fold' } } }),
      'FOLDS_MISSING',
    ],
    [
      'two foldings',
      withPinned({ data: { a: manifest.pinned.data['rows'], rows: manifest.pinned.data['rows'] } }),
      'FOLDS_AMBIGUOUS',
    ],
    [
      'more steps than anybody orders',
      withPinned({
        steps: Object.fromEntries(
          Array.from({ length: 10_001 }, (_, i) => [`s${i}`, { run: ['x'], in: {}, out: {} }]),
        ),
      }),
      'STEPS_TOO_MANY',
    ],
    ['no step', withPinned({ steps: {} }), 'STEPS_NONE'],
    ['a path that leaves', withStep({ out: { a: '../x' } }), 'PATH_INVALID'],
    ['paths that are one', withStep({ out: { a: 'x', b: 'X' } }), 'PATH_INVALID'],
    ['a path inside another', withStep({ out: { a: 'x/y', b: 'X' } }), 'PATH_INVALID'],
    ['a strange digest', withPinned({ code: { tree: 'sha1:0', sizeBytes: 0 } }), 'DIGEST_INVALID'],
    ['an unknown key', withPinned({ network: true }), 'KEY_UNKNOWN'],
    ['a missing key', text.replace(/"architecture":"x64",/, ''), 'KEY_MISSING'],
  ])('refuses %s', (_, input, expected) => {
    expect(() => parseManifest(input)).toThrow(code('MANIFEST_INVALID'));
    expect(() => parseManifest(input)).toThrow(problem(expected));
  });

  it('throws nothing but what it says, for any JSON and any change', () => {
    const codes = /^(JSON_INVALID|JSON_TOO_LARGE|MANIFEST_INVALID|MANIFEST_NOT_CANONICAL|STEPS_CYCLIC)$/;
    const paths = leavesOf(manifest as unknown as Json);
    const changed = fc
      .tuple(fc.constantFrom(...paths), fc.jsonValue())
      .map(([path, to]) => canonicalize(change(manifest as unknown as Json, path, () => to as Json)));
    fc.assert(
      fc.property(fc.oneof(changed, fc.json(), fc.string()), (input) => {
        try {
          parseManifest(input);
        } catch (error) {
          expect((error as { code: string }).code).toMatch(codes);
        }
      }),
    );
  });
});
