import { expect, it } from '@jest/globals';
import { systemChance, type Digest } from '#kernel';
import { digestBytes, treeDigest, treeManifest, treeOf } from '#evidence';
import { bothWays } from './both-ways.js';

const reason = 'because it is a test';
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const key = () => ({ idempotencyKey: systemChance.uuid() });
const knob = (name: string, more: object = {}) => ({
  knob: name,
  type: 'number',
  range: { min: 0, max: 1 },
  default: 0.1,
  description: `How much ${name}`,
  ...more,
});
const digest = `sha256:${'e'.repeat(64)}` as Digest;
const node = { environment: 'node-26', kind: 'node', architecture: 'x64', digest };
const script = Buffer.from('console.log(1)\n');
const table = Buffer.from('species,mass\nadelie,3700\ngentoo,5000\n');
const code = treeOf([
  { path: 'train.mjs', sizeBytes: script.length, digest: digestBytes(script), mode: '100644' },
]);
const document = (namespace: string) => ({
  blueprint: `${namespace}/species`,
  why: 'Does it work?',
  code: { path: './src' },
  environment: 'node-26',
  data: { birds: { dataset: 'birds@1' } },
  knobs: { learningRate: 0.5 },
  seed: 7,
  steps: { train: { run: ['node', 'train.mjs'], in: { raw: 'data.birds' }, out: { model: 'model.json' } } },
});
const lock = (namespace: string) => ({
  v: 1,
  holdfast: '0.1.0',
  blueprint: `${namespace}/species`,
  architecture: 'x64',
  code: { tree: treeDigest(code), sizeBytes: script.length },
  sourceDateEpoch: 315_532_800,
  environment: { name: 'node-26', kind: 'node', digest },
  data: { birds: { dataset: 'birds@1', digest: digestBytes(table), format: 'csv', sizeBytes: table.length } },
});

bothWays('the catalogue', (system) => {
  const registry = () => system().connection.registry;
  const putBlob = (bytes: Uint8Array) =>
    registry().putBlob([
      { header: { digest: digestBytes(bytes), sizeBytes: bytes.length, offset: 0 }, data: Buffer.alloc(0) },
      { header: undefined, data: Buffer.from(bytes) },
    ]);

  it('knobs: declared, revised, retired, and read by whoever declared them', async () => {
    const namespace = 'knobs';
    const declare = (declaration: object) =>
      registry().declareKnob({ namespace, declaration: json(declaration), reason }, key());
    expect(await declare(knob('l2'))).toMatchObject({ changed: true, knob: { revision: 1 } });
    expect(await declare(knob('l2'))).toMatchObject({ changed: false });
    expect(await declare(knob('l2', { default: 0.2 }))).toMatchObject({ knob: { revision: 2 } });
    await declare(knob('dropout'));
    await registry().retireKnob({ namespace, name: 'l2', reason }, key());
    const { knobs } = await registry().listKnobs({ namespace, pageSize: 0, pageToken: '' });
    expect(knobs.map(({ name, revision, retired }) => [name, revision, retired])).toEqual([
      ['dropout', 1, false],
      ['l2', 2, true],
    ]);
  });

  it('a wrong declaration is refused with every problem, and nothing of it stays', async () => {
    const namespace = 'wrong';
    const before = await system().eventStore.head();
    const declaration = json({ knob: 'L 2', type: 'number', default: 7, range: { min: 0, max: 1 } });
    await expect(registry().declareKnob({ namespace, declaration, reason }, key())).rejects.toMatchObject({
      kind: 'invalid',
      problems: expect.arrayContaining([
        expect.objectContaining({ field: 'knob' }),
        expect.objectContaining({ field: 'description' }),
      ]),
    });
    expect(await system().eventStore.head()).toBe(before);
  });

  it('one hundred declarations at once, each key twice: each is carried out once', async () => {
    const namespace = 'crowd';
    const declare = (i: number, options: { idempotencyKey: string }) =>
      registry().declareKnob({ namespace, declaration: json(knob(`k${i % 10}`)), reason }, options);
    const calls = Array.from({ length: 50 }, (_, i) => [i, key()] as const);
    const answers = await Promise.all(
      calls.flatMap(([i, options]) => [declare(i, options), declare(i, options)]),
    );
    expect(answers).toHaveLength(100);
    const { knobs } = await registry().listKnobs({ namespace, pageSize: 0, pageToken: '' });
    expect(knobs.map(({ revision }) => revision)).toEqual(knobs.map(() => 1));
    expect(knobs).toHaveLength(10);
  });

  it('a blueprint with its data, environment and code: declared, listed and resolved to one manifest', async () => {
    const namespace = 'birds';
    for (const bytes of [script, treeManifest(code), table]) await putBlob(bytes);
    await registry().registerEnvironment({ namespace, name: '', declaration: json(node), reason }, key());
    await registry().declareKnob({ namespace, declaration: json(knob('learningRate')), reason }, key());
    const about = { description: '', origin: '', license: '', parents: [], transformation: '' };
    const added = await registry().addDatasetVersion(
      { namespace, name: 'birds', digest: digestBytes(table), format: 'csv', reason, ...about },
      key(),
    );
    expect(added).toMatchObject({ created: true, version: { number: 1, sizeBytes: table.length } });
    const declared = await registry().declareBlueprint(
      { namespace, document: json(document(namespace)), lock: json(lock(namespace)), reason },
      key(),
    );
    expect(declared).toMatchObject({ created: true });
    const ask = { namespace, ref: 'species', overrides: json({ learningRate: 0.25 }) };
    const [first, second] = [await registry().resolve(ask), await registry().resolve(ask)];
    expect(first).toEqual(second);
    expect(first.problems).toEqual([]);
    expect(JSON.parse(String(first.manifest))).toMatchObject({
      pinned: { knobs: { learningRate: 0.25 }, data: { birds: { digest: digestBytes(table) } } },
      declared: { retry: { attempts: 3 } },
    });
  });
});
