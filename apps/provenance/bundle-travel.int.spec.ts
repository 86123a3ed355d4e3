import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { systemChance, type Digest } from '#kernel';
import { digestBytes, parseTree } from '#evidence';
import { provenance as proto } from '#contracts';
import { damageOnDisk } from '#artifact-store/testing';
import { verifyBundle, writeBundle } from '#bundle-file';
import { openBench, until, type Bench } from './testing/bench.js';
import { keep, writeRun, type WrittenRun } from './testing/written-runs.js';

const uuid = () => systemChance.uuid();
const namespace = '';
const reason = 'because it is a test';
const plain = { namespace, withData: false, withEnvironment: false, withoutProofs: true };
/** Of no Node that is anywhere. */
const environment = `sha256:${'e'.repeat(64)}`;
/** Of several messages, no two alike. */
const large = Array.from({ length: 200_000 }, (_, i) => i).join();
const csv = 'species,bill\nAdelie,39.1\nGentoo,47\n';
let here: Bench;
let there: Bench;

beforeAll(async () => {
  [here, there] = await Promise.all([openBench(), openBench({ maxImportBytes: 2 ** 20 })]);
});
afterAll(async () => {
  await Promise.all([here.close(), there.close()]);
});

async function exported(runId: string, withData = false): Promise<Buffer> {
  const answers = await Array.fromAsync(here.client.exportBundle({ ...plain, runId, withData }));
  const file = Buffer.concat(answers.map(({ data }) => data));
  expect(answers[0]?.totalBytes).toBe(file.length);
  return file;
}
async function bundleOf(run: WrittenRun = {}, withData = false) {
  const id = uuid();
  await writeRun(here.engines, id, run);
  return { id, file: await exported(id, withData) };
}
const send = (file: Uint8Array, into = 'elsewhere', options: object = {}) =>
  there.client.importBundle(
    (function* () {
      for (let at = 0; at < Math.max(1, file.length); at += 5000)
        yield { data: Buffer.from(file.subarray(at, at + 5000)), namespace: at === 0 ? into : undefined };
    })(),
    options,
  );
/** What the other server holds before anything good has come. */
const blobsThere = async () =>
  (await Array.fromAsync(there.engines.artifacts.list())).map(({ digest }) => digest);

describe('a bad bundle', () => {
  afterEach(async () => {
    // Whatever was wrong with it: nothing of it is kept.
    expect(await blobsThere()).toEqual([]);
    expect(await readdir(join(there.dir, 'imports'))).toEqual([]);
  });

  it.each([
    ['nothing', () => Buffer.alloc(0)],
    ['no zip', () => Buffer.from('hello')],
    ['one that was cut off', (file: Buffer) => file.subarray(0, file.length - 100)],
    [
      'one whose bytes were changed',
      (file: Buffer) => {
        const changed = Buffer.from(file);
        const at = changed.indexOf('{"weights"');
        changed[at + 12] = (changed[at + 12] as number) ^ 1;
        return changed;
      },
    ],
    [
      'one whose names lead outside',
      (file: Buffer) =>
        Buffer.from(file.toString('latin1').replaceAll('code/train.mjs', '../../etc/pass'), 'latin1'),
    ],
  ])('is refused: %s', async (_, made) => {
    const { file } = await bundleOf();
    await expect(send(made(file))).rejects.toMatchObject({ kind: 'integrity', code: 'BUNDLE_INVALID' });
  });

  it('is refused when its parts do not belong together', async () => {
    const [one, two] = [
      await bundleOf(),
      await bundleOf({ code: { 'train.mjs': 'console.log("other")\n' } }),
    ];
    const { artifacts } = here.engines;
    const coreOf = async (runId: string) => {
      const { bundle } = await here.client.getBundle({ namespace, runId });
      return parseTree(await artifacts.read(bundle?.core as Digest)).entries;
    };
    const [mine, other] = await Promise.all([coreOf(one.id), coreOf(two.id)]);
    const isCode = ({ path }: { path: string }) => path.startsWith('code/');
    const entries = [...mine.filter((entry) => !isCode(entry)), ...other.filter(isCode)];
    const core = { entries: entries.sort((a, b) => (a.path < b.path ? -1 : 1)) };
    const parts = await Array.fromAsync(
      writeBundle({ core, beside: [], open: (digest) => artifacts.get(digest) }),
    );
    await expect(send(Buffer.concat(parts))).rejects.toMatchObject({
      code: 'BUNDLE_INVALID',
      problems: [{ field: 'code' }, { field: 'ro-crate-metadata.json: code/train.mjs' }],
    });
  });

  it('is refused when it is larger than allowed, and when its namespace is no name', async () => {
    await expect(send(Buffer.alloc(2 ** 20 + 1))).rejects.toMatchObject({
      kind: 'exhausted',
      code: 'BUNDLE_TOO_LARGE',
    });
    const { file } = await bundleOf();
    await expect(send(file, 'No Name')).rejects.toMatchObject({ problems: [{ field: 'namespace' }] });
  });
});

describe('a bundle that travels', () => {
  it('is one file that holds offline, the same whenever it is exported', async () => {
    const { id, file } = await bundleOf({ model: large });
    expect((await exported(id)).equals(file)).toBe(true);
    const path = join(here.dir, 'run.holdfast');
    await writeFile(path, file);
    expect(await verifyBundle(path)).toMatchObject({ run: id, outcome: 'completed', problems: [] });
    const withData = await exported(id, true);
    expect(withData.includes(Buffer.from(csv))).toBe(true);
    expect(file.includes(Buffer.from(csv))).toBe(false);
  });

  it('breaks off with the reason where a blob was damaged meanwhile, before the file is whole', async () => {
    const { id, file } = await bundleOf({ model: `${large}.` });
    await damageOnDisk(join(here.dir, 'artifacts'), digestBytes(`${large}.`), 'flipped');
    let taken = 0;
    const take = async () => {
      for await (const { data } of here.client.exportBundle({ ...plain, runId: id })) taken += data.length;
    };
    await expect(take()).rejects.toMatchObject({ kind: 'integrity', code: 'BLOB_CORRUPT' });
    expect(taken).toBeLessThan(file.length);
  });

  it('comes in once, says what is missing, and its run is reproduced and compared there', async () => {
    const { id, file } = await bundleOf();
    const first = await send(file);
    expect(first).toMatchObject({
      created: true,
      bundle: { runId: id, imported: true },
      missing: [digestBytes(csv), environment].sort(),
    });
    const options = { idempotencyKey: uuid() };
    expect(await send(file, 'elsewhere', options)).toMatchObject({ created: false, bundle: { runId: id } });
    const { bundle } = await there.client.getBundle({ namespace: 'elsewhere', runId: id.slice(0, 10) });
    expect(bundle?.core).toBe((await here.client.getBundle({ namespace, runId: id })).bundle?.core);
    await expect(there.client.reproduce({ namespace: 'elsewhere', runId: id, reason })).rejects.toMatchObject(
      {
        code: 'DATA_MISSING',
        problems: [{ field: 'data.penguins' }],
      },
    );
    await keep(there.engines, csv);
    expect((await send(file)).missing).toEqual([environment]);
    const { reproduction } = await there.client.reproduce({ namespace: 'elsewhere', runId: 'last', reason });
    const done = await until(
      () => there.client.getReproduction({ namespace: 'elsewhere', id: reproduction?.id ?? '' }),
      (answer) => answer.reproduction?.verdict !== proto.Verdict.VERDICT_UNSPECIFIED,
    );
    expect(done.reproduction).toMatchObject({ originalRun: id, verdict: proto.Verdict.VERDICT_IDENTICAL });
    const { owners } = await there.client.getUsage({ namespace: 'elsewhere' });
    expect(owners.map(({ name }) => name)).toContain(`run ${id.slice(0, 8)} of default/species, imported`);
    const { repeatedRun = '' } = done.reproduction ?? {};
    expect(await there.client.compareRuns({ namespace: 'elsewhere', a: id, b: repeatedRun })).toEqual({
      differences: [],
      sameKey: true,
    });
  });

  it('of a release before signatures comes in like any other', async () => {
    const old = new URL('../../libs/bundle-file/golden/unsigned-seeded@0.1.0.bin', import.meta.url);
    expect(await send(await readFile(old))).toMatchObject({ created: true, bundle: { imported: true } });
  });

  it('brings its data with it when they are beside it', async () => {
    const { file } = await bundleOf({ csv: 'species,bill\nChinstrap,48\n' }, true);
    expect((await send(file)).missing).toEqual([environment]);
  });

  it('says in one list what it cannot have in it: data that are not here, and an image', async () => {
    const image = 'docker.io/library/python';
    const { id, file } = await bundleOf({ image, csv: 'species,bill\nnot there either,1\n' });
    const asked = { ...plain, runId: id, withEnvironment: true };
    const found = `${image}@${environment}`;
    await expect(Array.fromAsync(here.client.exportBundle(asked))).rejects.toMatchObject({
      ...{ kind: 'rule', code: 'ENVIRONMENT_MISSING', message: expect.stringContaining(found) },
      problems: [{ field: 'environment', found }],
    });
    const { missing } = await send(file);
    expect(missing).toContain(environment);
    const both = { ...asked, namespace: 'elsewhere', withData: true };
    await expect(Array.fromAsync(there.client.exportBundle(both))).rejects.toMatchObject({
      ...{ kind: 'rule', code: 'DATA_MISSING' },
      problems: [{ field: 'data.penguins' }, { field: 'environment', found }],
    });
  });

  it('exports again there, byte for byte', async () => {
    const { id, file } = await bundleOf({ csv: 'species,bill\nnobody has this there,1\n' });
    await send(file);
    const answers = await Array.fromAsync(
      there.client.exportBundle({ ...plain, namespace: 'elsewhere', runId: id }),
    );
    expect(Buffer.concat(answers.map(({ data }) => data)).equals(file)).toBe(true);
    await expect(
      Array.fromAsync(
        there.client.exportBundle({ ...plain, namespace: 'elsewhere', runId: id, withData: true }),
      ),
    ).rejects.toMatchObject({ code: 'DATA_MISSING' });
  });
});

describe('a bundle of a run that is here', () => {
  it('is refused while the run goes on, and the same once it is sealed', async () => {
    const { id, file } = await bundleOf();
    await writeRun(there.engines, id, { end: 'none' });
    await expect(send(file)).rejects.toMatchObject({ code: 'RUN_NOT_ENDED' });
    const other = uuid();
    await writeRun(here.engines, other, { accuracy: 0.5 });
    const own = await exported(other);
    await writeRun(there.engines, other, { accuracy: 0.6 });
    await there.client.getBundle({ namespace, runId: other });
    await expect(send(own)).rejects.toMatchObject({ kind: 'already-exists', code: 'BUNDLE_EXISTS' });
  });
});
