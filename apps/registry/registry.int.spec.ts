import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemChance, systemClock, type Digest } from '#kernel';
import { canonicalBytes, digestBytes, treeDigest, treeManifest, treeOf } from '#evidence';
import { createLog, startService, type Running } from '#platform';
import { connect, type Connection } from '#rpc';
import { RegistryConfig, RegistryModule, registryServices } from './index.js';

const reason = 'because it is a test';
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const knob = (name: string, more: object = {}) => ({
  knob: name,
  type: 'number',
  range: { min: 0, max: 1 },
  default: 0.1,
  description: `How much ${name}`,
  ...more,
});
const digit = (hex: string): Digest => `sha256:${hex.repeat(64)}` as Digest;
const node = { environment: 'node-26', kind: 'node', architecture: 'x64', digest: digit('e') };
const key = () => ({ idempotencyKey: systemChance.uuid() });

const script = Buffer.from('console.log(1)\n');
const code = treeOf([
  { path: 'train.mjs', sizeBytes: script.length, digest: digestBytes(script), mode: '100644' },
]);
const document = (more: object = {}) => ({
  blueprint: 'default/species',
  why: 'Does it work?',
  code: { path: './src' },
  environment: 'node-26',
  knobs: { learningRate: 0.5 },
  seed: 7,
  steps: { train: { run: ['node', 'train.mjs'], out: { model: 'model.json' } } },
  ...more,
});
const lock = {
  v: 1,
  holdfast: '0.1.0',
  blueprint: 'default/species',
  architecture: 'x64',
  code: { tree: treeDigest(code), sizeBytes: script.length },
  sourceDateEpoch: 315_532_800,
  environment: { name: 'node-26', kind: 'node', digest: digit('e') },
  data: {},
};

let dir: string;
let running: Running;
let client: Connection;

async function open(): Promise<void> {
  const config = Object.assign(new RegistryConfig(), { dataDir: dir, maxBlobBytes: 8 * 2 ** 20 });
  running = await startService({
    name: 'registry',
    module: RegistryModule.with({ config, version: 'test' }),
    services: registryServices,
    host: '127.0.0.1',
    grpcPort: 0,
    log: createLog({ service: 'registry', level: 'error' }),
  });
  client = connect(running.address);
}

async function close(): Promise<void> {
  client.close();
  await running.close();
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-registry-'));
  await open();
});
afterEach(async () => {
  await close();
  await rm(dir, { recursive: true });
});

const declareKnob = (declaration: object, options = key()) =>
  client.registry.declareKnob({ namespace: '', declaration: json(declaration), reason }, options);
const declareBlueprint = (doc: object, given: object = lock, options = key()) =>
  client.registry.declareBlueprint(
    { namespace: 'default', document: json(doc), lock: json(given), reason },
    options,
  );
const listKnobs = async (pageSize = 0, pageToken = '') =>
  client.registry.listKnobs({ namespace: 'default', pageSize, pageToken });
const putBlob = (bytes: Buffer, header: object = {}) =>
  client.registry.putBlob(
    (function* () {
      yield {
        header: { digest: digestBytes(bytes), sizeBytes: bytes.length, offset: 0, ...header },
        data: Buffer.alloc(0),
      };
      for (let at = 0; at < bytes.length; at += 65_536)
        yield { header: undefined, data: bytes.subarray(at, at + 65_536) };
    })(),
  );

describe('knobs', () => {
  it('are declared, revised, retired, and read as they were written', async () => {
    const first = await declareKnob(knob('l2'));
    expect(first).toMatchObject({ changed: true, knob: { namespace: 'default', name: 'l2', revision: 1 } });
    expect(await declareKnob(knob('l2'))).toMatchObject({ changed: false, position: first.position });
    expect(await declareKnob(knob('l2', { default: 0.2 }))).toMatchObject({
      changed: true,
      knob: { revision: 2 },
    });
    await client.registry.retireKnob({ namespace: '', name: 'l2', reason }, key());
    const { knobs } = await listKnobs();
    expect(knobs).toMatchObject([{ name: 'l2', revision: 2, retired: true }]);
    expect(JSON.parse(String(knobs[0]?.declaration))).toEqual(knob('l2', { default: 0.2 }));
  });

  it('answer a repeated command as before, and refuse its key for another one', async () => {
    const options = key();
    const first = await declareKnob(knob('l2'), options);
    expect(await declareKnob(knob('l2'), options)).toEqual(first);
    await expect(declareKnob(knob('l1'), options)).rejects.toMatchObject({ kind: 'already-exists' });
  });

  it('tell every problem at once', async () => {
    const declaration = json(knob('l2', { type: 'numbre', extra: 1 }));
    const refused = client.registry.declareKnob({ namespace: 'No', declaration, reason: ' ' });
    await expect(refused).rejects.toMatchObject({ kind: 'invalid', code: 'KNOB_INVALID' });
    const { problems } = await refused.then(
      () => ({ problems: [] }),
      (error: unknown) => error as { problems: { field: string }[] },
    );
    expect(problems.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['namespace', 'reason', 'type']),
    );
    await expect(
      client.registry.declareKnob({ namespace: '', declaration: Buffer.from('{'), reason }),
    ).rejects.toMatchObject({ kind: 'invalid' });
    await expect(client.registry.retireKnob({ namespace: '', name: 'absent', reason })).rejects.toMatchObject(
      { kind: 'not-found', code: 'KNOB_NOT_FOUND' },
    );
  });

  it('are listed in pages without loss or repeat', async () => {
    // One after the other: what is read is no older than the last answer, which need not be that of the last one written.
    for (let i = 0; i < 12; i++) await declareKnob(knob(`k${i}`));
    const seen: string[] = [];
    let pageToken = '';
    do {
      const page = await listKnobs(5, pageToken);
      seen.push(...page.knobs.map(({ name }) => name));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => `k${i}`).sort());
    await expect(listKnobs(5, 'bm9uc2Vuc2U')).rejects.toMatchObject({ code: 'PAGE_TOKEN_STALE' });
    await expect(listKnobs(1001)).rejects.toMatchObject({ kind: 'invalid' });
    await expect(
      client.registry.listKnobs({ namespace: '', pageSize: 0, pageToken: '' }, { minPosition: 'AAAA' }),
    ).rejects.toMatchObject({ code: 'BAD_POSITION' });
  });
});

describe('environments', () => {
  it('keep every version under its name', async () => {
    const register = (declaration: object, name = '') =>
      client.registry.registerEnvironment({ namespace: '', name, declaration: json(declaration), reason });
    expect(await register(node)).toMatchObject({ created: true, environment: { number: 1, kind: 'node' } });
    expect(await register({ ...node, digest: digit('f') })).toMatchObject({ environment: { number: 2 } });
    await expect(register(node, 'other')).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID' });
    const { environments } = await client.registry.listEnvironments({
      namespace: '',
      pageSize: 0,
      pageToken: '',
    });
    expect(environments.map(({ number, digest }) => [number, digest])).toEqual([
      [1, digit('e')],
      [2, digit('f')],
    ]);
  });
});

describe('datasets', () => {
  const csv = Buffer.from('species,bill\nAdelie,39.1\nGentoo,\n');
  const request = (bytes: Buffer, more: object = {}) => ({
    namespace: '',
    name: 'penguins',
    digest: digestBytes(bytes),
    format: 'csv',
    reason,
    description: '',
    parents: [],
    transformation: '',
    origin: '',
    license: 'CC0-1.0',
    ...more,
  });
  const add = (bytes: Buffer, more?: object) =>
    client.registry.addDatasetVersion(request(bytes, more), key());

  it('are versions of bytes that are here, described and with their parents', async () => {
    await expect(add(csv)).rejects.toMatchObject({
      code: 'DATASET_INVALID',
      problems: [{ code: 'BLOB_MISSING' }],
    });
    await putBlob(csv);
    const first = await add(csv);
    expect(first).toMatchObject({
      created: true,
      version: { number: 1, sizeBytes: csv.length, license: 'CC0-1.0' },
    });
    expect(JSON.parse(String(first.version?.schema))).toEqual({
      columns: [
        { name: 'species', type: 'string' },
        { name: 'bill', type: 'number' },
      ],
    });
    expect(await add(csv)).toMatchObject({ created: false, version: { number: 1 } });
    await putBlob(script);
    const child = { format: 'file', parents: ['penguins@1'], transformation: 'by hand' };
    expect(await add(script, child)).toMatchObject({ version: { number: 2, parents: ['penguins@1'] } });
    await expect(add(script, { parents: ['penguins@9', 'x'] })).rejects.toMatchObject({
      problems: [{ code: 'DATASET_UNKNOWN' }, { code: 'DATASET_REF_INVALID' }],
    });
    const get = async (ref: string) => (await client.registry.getDataset({ namespace: '', ref })).version;
    expect(await get('penguins')).toMatchObject({ number: 2 });
    expect(await get('penguins@1')).toEqual(first.version);
    await expect(get('penguins@3')).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
    const { versions } = await client.registry.listDatasets({ namespace: '', pageSize: 0, pageToken: '' });
    expect(versions.map(({ number }) => number)).toEqual([1, 2]);
  });

  it('are refused when the bytes are not what is said', async () => {
    await putBlob(script);
    await expect(add(Buffer.from(treeManifest(code)), { format: 'tree' })).rejects.toMatchObject({
      problems: [{ code: 'BLOB_MISSING' }],
    });
    await expect(add(script, { format: 'tree' })).rejects.toMatchObject({ kind: 'invalid' });
    await putBlob(Buffer.from('a,a\n'));
    await expect(add(Buffer.from('a,a\n'))).rejects.toMatchObject({ problems: [{ code: 'CSV_COLUMNS' }] });
    await expect(add(csv, { name: 'No', format: 'xls', reason: '', digest: 'x' })).rejects.toMatchObject({
      problems: [{ field: 'name' }, { field: 'digest' }, { field: 'format' }, { field: 'reason' }],
    });
  });

  it('are resolved by name and number, and their columns known', async () => {
    await putBlob(csv);
    await add(csv);
    await putBlob(script);
    await putBlob(Buffer.from(treeManifest(code)));
    await declareKnob(knob('learningRate'));
    await client.registry.registerEnvironment({ namespace: '', name: '', declaration: json(node), reason });
    const pin = { dataset: 'penguins@1', digest: digestBytes(csv), format: 'csv', sizeBytes: csv.length };
    const resolve = async (stratify: string) => {
      const data = { penguins: { dataset: 'penguins@1', folds: { k: 2, seed: 1, stratify } } };
      const steps = {
        train: {
          run: ['node', 'train.mjs'],
          in: { raw: 'data.penguins' },
          out: { model: 'm' },
          each: 'fold',
        },
      };
      await declareBlueprint(document({ data, steps }), { ...lock, data: { penguins: pin } });
      const { problems } = await client.registry.resolve({
        namespace: '',
        ref: 'species',
        overrides: Buffer.alloc(0),
      });
      return problems.map(({ code }) => code);
    };
    expect(await resolve('species')).toEqual([]);
    expect(await resolve('colour')).toEqual(['COLUMN_UNKNOWN']);
  });
});

describe('blueprints', () => {
  it('are declared once per content, found by every reference, and resolved', async () => {
    const first = await declareBlueprint(document());
    expect(first).toMatchObject({ created: true, blueprint: { name: 'species', number: 1, reason } });
    expect(await declareBlueprint(document())).toMatchObject({ created: false, blueprint: { number: 1 } });
    const second = await declareBlueprint(document({ seed: 8 }));
    expect(second.blueprint?.number).toBe(2);
    const get = (ref: string) => client.registry.getBlueprint({ namespace: '', ref });
    expect((await get('species')).blueprint).toMatchObject({ number: 2 });
    expect((await get('default/species@1')).blueprint).toMatchObject({ number: 1 });
    const byVersion = await get(`species@${first.blueprint?.version}`);
    expect(byVersion.blueprint?.document).toEqual(Buffer.from(canonicalBytes(document())));
    await expect(get('species@3')).rejects.toMatchObject({ code: 'BLUEPRINT_NOT_FOUND' });
    await expect(get('a/b/c@@')).rejects.toMatchObject({ code: 'BLUEPRINT_REF_INVALID' });
    const { blueprints } = await client.registry.listBlueprints({
      namespace: 'default',
      pageSize: 0,
      pageToken: '',
    });
    expect(blueprints.map(({ number }) => number)).toEqual([1, 2]);
  });

  it('resolve to a manifest only when everything is known and here; else every problem is told', async () => {
    await declareBlueprint(document());
    const resolve = (overrides: object = {}) =>
      client.registry.resolve({ namespace: '', ref: 'species', overrides: json(overrides) });
    const codes = async (overrides?: object) =>
      (await resolve(overrides)).problems.map(({ code }) => code).sort();
    expect(await codes({ learningrate: 1 })).toEqual(['ENVIRONMENT_UNKNOWN', 'KNOB_NOT_SET', 'KNOB_UNKNOWN']);
    await declareKnob(knob('learningRate'));
    await client.registry.registerEnvironment({ namespace: '', name: '', declaration: json(node), reason });
    expect(await codes()).toEqual(['BLOB_MISSING']);
    await putBlob(Buffer.from(treeManifest(code)));
    expect(await codes()).toEqual(['BLOB_MISSING']);
    await putBlob(script);
    const resolved = await resolve();
    expect(resolved.problems).toEqual([]);
    expect(JSON.parse(String(resolved.manifest))).toMatchObject({ pinned: { knobs: { learningRate: 0.5 } } });
    const other = await resolve({ learningRate: 0.25 });
    expect(other.reproducibilityKey).not.toBe(resolved.reproducibilityKey);
    expect(await codes({ learningRate: 2 })).toEqual(['KNOB_OUT_OF_RANGE']);
    await expect(
      client.registry.resolve({ namespace: '', ref: 'absent', overrides: Buffer.alloc(0) }),
    ).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('refuse a document, a lock and a reason that are wrong, all at once', async () => {
    const refused = client.registry.declareBlueprint({
      namespace: 'elsewhere',
      document: json(document({ seed: -1, colour: 'red' })),
      lock: json({ ...lock, v: 2 }),
      reason: '',
    });
    const { problems } = await refused.then(
      () => ({ problems: [] }),
      (error: unknown) => error as { problems: { field: string }[] },
    );
    expect(problems.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['reason', 'seed', 'colour', 'v']),
    );
    await expect(
      client.registry.declareBlueprint({
        namespace: 'elsewhere',
        document: json(document()),
        lock: json(lock),
        reason,
      }),
    ).rejects.toMatchObject({ code: 'BLUEPRINT_INVALID' });
  });
});

describe('blobs', () => {
  const big = Buffer.alloc(3 * 2 ** 20, 'holdfast');

  it('go on where an upload was cut, also after a restart', async () => {
    const digest = digestBytes(big);
    const cut = client.registry.putBlob(
      (function* () {
        yield { header: { digest, sizeBytes: big.length, offset: 0 }, data: big.subarray(0, 2 ** 20) };
        yield { header: undefined, data: big.subarray(2 ** 20, 1.5 * 2 ** 20) };
      })(),
    );
    await expect(cut).rejects.toMatchObject({ code: 'UPLOAD_INCOMPLETE' });
    await close();
    await open();
    const held = await client.registry.getUpload({ digest, sizeBytes: big.length });
    expect(held).toEqual({ offset: 1.5 * 2 ** 20, complete: false });
    await expect(putBlob(big)).rejects.toMatchObject({ code: 'UPLOAD_OFFSET' });
    await client.registry.putBlob([
      { header: { digest, sizeBytes: big.length, offset: held.offset }, data: big.subarray(held.offset) },
    ]);
    expect(await client.registry.getUpload({ digest, sizeBytes: big.length })).toMatchObject({
      complete: true,
    });
    expect(await client.registry.missingBlobs({ digests: [digest, digit('a')] })).toEqual({
      digests: [digit('a')],
    });
  });

  it('go on after the client was gone in the middle', async () => {
    const digest = digestBytes(big);
    const gone = new AbortController();
    const upload = client.registry.putBlob(
      (async function* () {
        yield { header: { digest, sizeBytes: big.length, offset: 0 }, data: big.subarray(0, 2 ** 20) };
        await new Promise((resolve) => gone.signal.addEventListener('abort', resolve));
      })(),
      { signal: gone.signal },
    );
    const failed = expect(upload).rejects.toMatchObject({ kind: 'cancelled' });
    const held = () => client.registry.getUpload({ digest, sizeBytes: big.length });
    while ((await held()).offset < 2 ** 20);
    gone.abort();
    await failed;
    const { offset } = await held();
    const rest = { header: { digest, sizeBytes: big.length, offset }, data: big.subarray(offset) };
    expect((await client.registry.putBlob([rest])).blob).toEqual({ digest, sizeBytes: big.length });
  });

  it('of the same digest may come from several clients at once', async () => {
    const answers = await Promise.all([putBlob(script), putBlob(script), putBlob(script)]);
    expect(new Set(answers.map(({ blob }) => blob?.digest))).toEqual(new Set([digestBytes(script)]));
  });

  it('are refused when they lie', async () => {
    await expect(putBlob(script, { digest: digit('a') })).rejects.toMatchObject({
      code: 'BLOB_DIGEST_MISMATCH',
    });
    await expect(putBlob(big, { digest: digit('b') })).rejects.toMatchObject({
      code: 'BLOB_DIGEST_MISMATCH',
    });
    await expect(putBlob(script, { sizeBytes: 2 })).rejects.toMatchObject({ code: 'UPLOAD_TOO_LONG' });
    await expect(putBlob(script, { sizeBytes: 16 * 2 ** 20 })).rejects.toMatchObject({
      code: 'BLOB_TOO_LARGE',
    });
    await expect(putBlob(script, { sizeBytes: -1 })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(putBlob(script, { digest: '../../etc/passwd' })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(client.registry.putBlob([{ header: undefined, data: script }])).rejects.toMatchObject({
      code: 'UPLOAD_HEADER',
    });
    await expect(client.registry.putBlob([])).rejects.toMatchObject({ code: 'UPLOAD_HEADER' });
    const { digests } = await client.registry.missingBlobs({ digests: [digestBytes(script), digit('b')] });
    expect(digests).toHaveLength(2);
    await expect(client.registry.missingBlobs({ digests: ['x'] })).rejects.toMatchObject({ kind: 'invalid' });
  });
});

/** An instance that has just begun may not write all of them yet. */
async function liveProjections() {
  for (;;) {
    const { projections } = await client.registry.listProjections({});
    if (projections.every(({ state }) => state === 'live')) return projections;
    await systemClock.sleep(20);
  }
}

describe('read models', () => {
  it('are the same when built again', async () => {
    for (let i = 0; i < 5; i++) await declareKnob(knob(`k${i}`));
    await declareBlueprint(document());
    for (const { name } of await liveProjections()) {
      let result;
      for await (const { progress } of client.registry.rebuildProjection({ name })) result = progress?.result;
      expect({ name, ...result }).toMatchObject({ name, identical: true });
    }
    expect((await listKnobs()).knobs).toHaveLength(5);
    const absent = client.registry.rebuildProjection({ name: 'absent' });
    await expect(absent[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'PROJECTION_NOT_FOUND',
    });
  });

  it('know everything again after a restart', async () => {
    await declareKnob(knob('l2'));
    await close();
    await open();
    const { position } = await declareKnob(knob('l2'));
    const { knobs } = await client.registry.listKnobs(
      { namespace: '', pageSize: 0, pageToken: '' },
      { minPosition: position },
    );
    expect(knobs).toHaveLength(1);
  });
});
