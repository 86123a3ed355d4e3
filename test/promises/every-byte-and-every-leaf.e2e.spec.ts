import { beforeAll, expect, it } from '@jest/globals';
import type { JsonObject } from '#kernel';
import { declare, type Experiment } from '../support/experiment.js';
import { onOneSystem } from './on-one-system.js';

const namespace = 'leaves';
/** Larger than anything that is sampled. */
const rows = 60_000;
const table = `a,b\n${Array.from({ length: rows }, (_, i) => `${i},${i % 7}`).join('\n')}\n`;
const base: Experiment = {
  namespace,
  name: 'leaf',
  files: { 'main.mjs': 'console.log(1)\n', 'helper.mjs': 'export const one = 1;\n' },
  datasets: { table: 'a,b\n1,2\n2,3\n3,4\n4,5\n5,6\n6,7\n' },
  knobs: { rate: 1 },
  blueprint: {
    knobs: { rate: 1 },
    data: { table: { dataset: 'table@1', where: 'a > 1', folds: { k: 2, seed: 1 } } },
    determinism: { variables: { MODE: 'fast' }, network: false, sourceDateEpoch: 1 },
    resources: { cpu: 1, memory: '256Mi', timeout: '2m', disk: '1Gi', pids: 64 },
    steps: {
      main: { run: ['node', 'main.mjs', '--mode=a'], in: { raw: 'data.table' }, out: { model: 'model' } },
    },
  },
};
const changed = (blueprint: JsonObject): Experiment => ({
  ...base,
  blueprint: { ...base.blueprint, ...blueprint },
});
const data = (more: object): JsonObject => ({
  data: { table: { dataset: 'table@1', where: 'a > 1', folds: { k: 2, seed: 1 }, ...more } },
});
const determinism = (more: object): JsonObject => ({
  determinism: { variables: { MODE: 'fast' }, network: false, sourceDateEpoch: 1, ...more },
});
const resources = (more: object): JsonObject => ({
  resources: { cpu: 1, memory: '256Mi', timeout: '2m', disk: '1Gi', pids: 64, ...more },
});
const main = (more: object): JsonObject => ({
  steps: {
    main: {
      ...{ run: ['node', 'main.mjs', '--mode=a'], in: { raw: 'data.table' }, out: { model: 'model' } },
      ...more,
    },
  },
});

/** Everything that can reach a step, each changed by itself. */
const leaves: readonly (readonly [string, Experiment])[] = [
  ['a helper file', { ...base, files: { ...base.files, 'helper.mjs': 'export const one = 2;\n' } }],
  [
    'the name of a file',
    { ...base, files: { 'main.mjs': 'console.log(1)\n', 'h.mjs': 'export const one = 1;\n' } },
  ],
  ['a file that is new', { ...base, files: { ...base.files, '.config': '' } }],
  ['an environment variable', changed(determinism({ variables: { MODE: 'slow' } }))],
  ['one more variable', changed(determinism({ variables: { MODE: 'fast', MORE: '' } }))],
  ['the network', changed(determinism({ network: true }))],
  ['the time of the source', changed(determinism({ sourceDateEpoch: 2 }))],
  ['a mode switch', changed(main({ run: ['node', 'main.mjs', '--mode=b'] }))],
  ['the order of arguments', changed(main({ run: ['node', '--mode=a', 'main.mjs'] }))],
  ['the name of an input', changed(main({ in: { other: 'data.table' } }))],
  ['where an output is written', changed(main({ out: { model: 'other' } }))],
  ['steps in folds', changed(main({ each: 'fold' }))],
  [
    'a step that is new',
    changed({ steps: { ...(main({})['steps'] as JsonObject), more: { run: ['node', 'main.mjs'] } } }),
  ],
  ['a knob', changed({ knobs: { rate: 2 } })],
  ['the seed', changed({ seed: 8 })],
  ['the rows taken', changed(data({ where: 'a > 2' }))],
  ['the number of folds', changed(data({ folds: { k: 3, seed: 1 } }))],
  ['the seed of the folds', changed(data({ folds: { k: 2, seed: 2 } }))],
  ['cores', changed(resources({ cpu: 2 }))],
  ['memory', changed(resources({ memory: '512Mi' }))],
  ['time', changed(resources({ timeout: '3m' }))],
  ['disk', changed(resources({ disk: '2Gi' }))],
  ['processes', changed(resources({ pids: 65 }))],
  ['the required isolation', changed({ isolation: 'bubblewrap' })],
  [
    'the last byte of the data',
    {
      ...base,
      ...changed({ data: { table: { dataset: 'table@2', where: 'a > 1', folds: { k: 2, seed: 1 } } } }),
      datasets: { table: 'a,b\n1,2\n2,3\n3,4\n4,5\n5,6\n6,8\n' },
    },
  ],
];
/** What reaches no step. */
const beside: readonly (readonly [string, Experiment])[] = [
  ['why it is run', changed({ why: 'For another reason' })],
  ['the pool', changed({ pool: 'other' })],
  ['repeats', changed({ retry: { attempts: 1, on: [] } })],
  ['the goal of a metric', changed({ metrics: { loss: { goal: 'minimize' } } })],
];

onOneSystem('digests cover every byte, and the key everything that can reach a step', (system) => {
  const keyOf = async (experiment: Experiment): Promise<string> => {
    const version = await declare(system(), experiment);
    const ask = { namespace, ref: `${experiment.name}@${version}`, overrides: Buffer.alloc(0) };
    const { problems, reproducibilityKey } = await system().connection.registry.resolve(ask);
    expect(problems).toEqual([]);
    return reproducibilityKey;
  };
  let original: string;
  beforeAll(async () => {
    original = await keyOf(base);
  });

  it('each thing that reaches a step, changed by itself, is another key, and no two are the same', async () => {
    const keys = new Map([['as it was', original]]);
    const same: string[] = [];
    for (const [what, experiment] of leaves) {
      const key = await keyOf(experiment);
      for (const [other, known] of keys) if (known === key) same.push(`${what}: ${other}`);
      keys.set(what, key);
    }
    expect(same).toEqual([]);
    expect(keys.size).toBe(leaves.length + 1);
  });

  it('what reaches no step is in no key', async () => {
    const moved: string[] = [];
    for (const [what, experiment] of beside) if ((await keyOf(experiment)) !== original) moved.push(what);
    expect(moved).toEqual([]);
  });

  it('the last byte of the last of sixty thousand rows is another digest and another key', async () => {
    const large = (text: string, version: number): Experiment => ({
      ...base,
      name: 'large',
      datasets: { large: text },
      blueprint: {
        data: { large: { dataset: `large@${version}` } },
        steps: { main: { run: ['node', 'main.mjs'], in: { raw: 'data.large' } } },
      },
    });
    const keys = [await keyOf(large(table, 1)), await keyOf(large(`${table.slice(0, -2)}9\n`, 2))];
    expect(new Set(keys).size).toBe(2);
    const { versions } = await system().connection.registry.listDatasets({
      ...{ namespace, pageSize: 0, pageToken: '' },
    });
    const digests = versions.filter(({ name }) => name === 'large').map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(2);
    for (const digest of digests) expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
});
