import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { streamId, systemChance, type Digest } from '#kernel';
import { canonicalBytes, digestBytes, parseTree } from '#evidence';
import { bundleCodec, runCodec } from '#contracts/stored';
import { verifyBundle } from '#bundle-file';
import { bundlePaths, parseHistory, parseLines } from '#domain/bundle';
import { createLog, startService } from '#platform';
import { ProvenanceConfig, ProvenanceModule, provenanceServices } from './index.js';
import { openBench, until, type Bench } from './testing/bench.js';
import { signBlueprint } from './testing/sign-blueprint.js';
import { appendEvents, declare, eventsOf, keep, manifestFor, writeRun } from './testing/written-runs.js';

const uuid = () => systemChance.uuid();
const namespace = '';
const absent = `sha256:${'9'.repeat(64)}` as Digest;
let bench: Bench;
let blueprint: Awaited<ReturnType<typeof declare>>;

beforeAll(async () => {
  bench = await openBench();
  blueprint = await declare(bench.engines);
});
afterAll(() => bench.close());

async function eventsIn(stream: ReturnType<typeof streamId>) {
  const batches = await Array.fromAsync(bench.engines.eventStore.readStream(stream));
  return batches.flat();
}
const sealed = (run: string) =>
  until(
    () => eventsIn(streamId('bundle', run)),
    (events) => events.length > 0,
  );

describe('sealing', () => {
  it('follows the end of a run, because of it, and holds all of it', async () => {
    const run = uuid();
    await writeRun(bench.engines, run);
    const [stored] = await sealed(run);
    if (stored === undefined) throw new Error('it was waited for');
    const { event, metadata } = bundleCodec.decode(stored.type, stored.bytes);
    const history = await eventsIn(streamId('run', run));
    expect(metadata).toMatchObject({ causationId: history.at(-1)?.eventId, correlationId: 'c-1' });
    const { artifacts } = bench.engines;
    const { entries } = parseTree(await artifacts.read(event.core));
    const paths = entries.map(({ path }) => path);
    expect(paths).toEqual([
      'attestations.intoto.jsonl',
      'blueprint.json',
      'code/train.mjs',
      'fingerprint.json',
      'folds.json',
      'history.jsonl',
      'lineage/openlineage.jsonl',
      'lineage/prov.json',
      'manifest.json',
      'ro-crate-metadata.json',
      'sbom.cdx.json',
      'steps/1/train/metrics.jsonl',
      'steps/1/train/outputs/model.json',
      'steps/1/train/outputs/plots/a.svg',
      'steps/1/train/outputs/plots/b/c.svg',
      'steps/1/train/stderr',
      'steps/1/train/stdout',
    ]);
    expect(entries.find(({ path }) => path === bundlePaths.blueprint)?.digest).toBe(
      blueprint.document.digest,
    );
    const lines = parseHistory(
      await artifacts.read(entries.find(({ path }) => path === bundlePaths.history)?.digest as Digest),
    );
    expect(lines.map(({ envelope }) => envelope)).toEqual(
      history.map(({ bytes }) => Buffer.from(bytes).toString()),
    );
    expect(await artifacts.missing(entries.map(({ digest }) => digest))).toEqual([]);
    const { bundle } = await bench.client.getBundle({ namespace, runId: run });
    expect(bundle).toMatchObject({ runId: run, core: event.core, members: 17, imported: false });
  });

  it('gives the same bytes whoever seals', async () => {
    const run = uuid();
    await bench.stop();
    await writeRun(bench.engines, run);
    await bench.restart();
    const answers = await Promise.all([1, 2, 3].map(() => bench.client.getBundle({ namespace, runId: run })));
    const cores = new Set(answers.map(({ bundle }) => bundle?.core));
    expect(cores.size).toBe(1);
    expect(await sealed(run)).toHaveLength(1);
    const other = await openBench({ signingKey: `file:${join(bench.dir, 'keys', 'signing.pem')}` });
    try {
      // The same history, written elsewhere and signed by the same key, is the same bundle.
      await declare(other.engines);
      const { eventStore, artifacts } = other.engines;
      const events = await eventsIn(streamId('run', run));
      for await (const { digest } of bench.engines.artifacts.list())
        await artifacts.put(await bench.engines.artifacts.read(digest));
      await eventStore.append(streamId('run', run), 'none', events);
      const { bundle } = await other.client.getBundle({ namespace, runId: run });
      expect(cores.has(bundle?.core)).toBe(true);
    } finally {
      await other.close();
    }
  });

  it('has who had put their name to the blueprint when the run was admitted, and nobody who did later', async () => {
    const approved = 'approved';
    const run = uuid();
    await bench.stop();
    await declare(bench.engines, approved);
    const ada = await signBlueprint(bench.engines, approved, 'approval', 'Ada');
    await writeRun(bench.engines, run, { namespace: approved });
    await signBlueprint(bench.engines, approved, 'review', 'Grace');
    await bench.restart();
    const request = { namespace, runId: run, withData: false, withEnvironment: false, withoutProofs: true };
    const parts = await Array.fromAsync(bench.client.exportBundle(request));
    const file = join(bench.dir, 'approved.holdfast');
    await writeFile(file, Buffer.concat(parts.map(({ data }) => data)));
    const report = await verifyBundle(file);
    expect(report.problems).toEqual([]);
    expect(report.proven.filter((text) => text.includes('of the blueprint'))).toEqual([
      `the pseudonym ${ada} signed exactly this version of the blueprint (approval), with the key that the signature names`,
    ]);
    const again = uuid();
    await writeRun(bench.engines, again, { namespace: approved });
    const { bundle } = await bench.client.getBundle({ namespace, runId: again });
    const { entries } = parseTree(await bench.engines.artifacts.read(bundle?.core as Digest));
    const member = entries.find(({ path }) => path === bundlePaths.approvals)?.digest as Digest;
    const lines = parseLines(await bench.engines.artifacts.read(member), bundlePaths.approvals);
    expect(lines.map(({ type }) => type)).toEqual(['BlueprintVersionDeclared', 'Signed', 'Signed']);
  });

  it('never seals half: what is missing is named, and mended it is sealed', async () => {
    const run = uuid();
    const manifest = await manifestFor(bench.engines, {});
    const { digest } = await keep(bench.engines, canonicalBytes(manifest));
    const lost = Buffer.from('lost output');
    const events = (await eventsOf(bench.engines, {}, manifest, digest)).map((event) =>
      event.type === 'StepCompleted'
        ? { ...event, stdout: { digest: digestBytes(lost), sizeBytes: lost.length } }
        : event,
    );
    await appendEvents(bench.engines, runCodec, streamId('run', run), 0, events);
    await expect(bench.client.getBundle({ namespace, runId: run })).rejects.toMatchObject({
      kind: 'not-found',
      code: 'BLOB_NOT_FOUND',
      message: expect.stringContaining('steps/1/train/stdout'),
    });
    await until(
      () =>
        bench.client.getBundle({ namespace, runId: run }).then(
          () => '',
          (error: unknown) => (error as Error).message,
        ),
      (message) => message.includes('could not be sealed'),
    );
    expect(await eventsIn(streamId('bundle', run))).toEqual([]);
    await keep(bench.engines, lost);
    expect((await bench.client.getBundle({ namespace, runId: run })).bundle?.runId).toBe(run);
  });

  it('is of every run that was admitted and has ended, and of no other', async () => {
    const [failed, cancelled, open] = [uuid(), uuid(), uuid()];
    await writeRun(bench.engines, failed, { end: 'RunFailed' });
    await writeRun(bench.engines, cancelled, { end: 'RunCancelled' });
    await writeRun(bench.engines, open, { end: 'none' });
    await sealed(failed);
    await sealed(cancelled);
    await expect(bench.client.getBundle({ namespace, runId: open })).rejects.toMatchObject({
      code: 'RUN_NOT_ENDED',
    });
    await expect(bench.client.getBundle({ namespace, runId: uuid() })).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
    });
    await expect(bench.client.getBundle({ namespace: 'No', runId: 'x' })).rejects.toMatchObject({
      kind: 'invalid',
      problems: [{ field: 'namespace' }, { field: 'run_id' }],
    });
    bench.scheduler.runs.set('last', failed).set(cancelled.slice(0, 8), cancelled);
    const get = async (runId: string) => (await bench.client.getBundle({ namespace, runId })).bundle?.runId;
    expect(await get('last')).toBe(failed);
    expect(await get(cancelled.slice(0, 8))).toBe(cancelled);
    await expect(get('0000')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    // Without a namespace the scheduler is asked for every one.
    expect(bench.scheduler.asked.at(-1)).toMatchObject({ namespace: '', id: '0000' });
  });
});

/** Files of that name that this process has open. */
async function openFiles(name: string): Promise<number> {
  const fds = await readdir('/proc/self/fd');
  const paths = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return paths.filter((path) => path.endsWith(name)).length;
}

describe('blobs', () => {
  const big = Buffer.from(Uint32Array.from({ length: 3 * 2 ** 18 }, (_, i) => i).buffer);
  const read = async (digest: string, offset = 0, length?: number) => {
    const answers = await Array.fromAsync(bench.client.getBlob({ digest, offset, length }));
    return { total: answers[0]?.totalBytes, bytes: Buffer.concat(answers.map(({ data }) => data)) };
  };

  it('are given whole and in parts', async () => {
    const { digest } = await keep(bench.engines, big);
    const whole = await read(digest);
    expect([whole.total, whole.bytes.equals(big)]).toEqual([big.length, true]);
    expect(await read(digest, 5, 10)).toEqual({ total: big.length, bytes: big.subarray(5, 15) });
    expect((await read(digest, big.length - 3)).bytes).toEqual(big.subarray(-3));
    expect((await read(digest, big.length)).bytes).toHaveLength(0);
    const empty = await keep(bench.engines, '');
    expect(await read(empty.digest)).toEqual({ total: 0, bytes: Buffer.alloc(0) });
  });

  it('are refused where there is nothing to give', async () => {
    const { digest } = await keep(bench.engines, big);
    await expect(read(absent)).rejects.toMatchObject({ code: 'BLOB_NOT_FOUND' });
    await expect(read(digest, big.length + 1)).rejects.toMatchObject({ code: 'RANGE_BEYOND_END' });
    await expect(read('../../etc/passwd', -1)).rejects.toMatchObject({
      kind: 'invalid',
      problems: [{ field: 'digest' }, { field: 'offset' }],
    });
  });

  it('go no faster than they are taken, and stop when the taker leaves', async () => {
    const { digest } = await keep(bench.engines, big);
    let taken = 0;
    for await (const { data } of bench.client.getBlob({ digest, offset: 0, length: undefined })) {
      taken += data.length;
      if (taken > 0) break;
    }
    expect(taken).toBeLessThan(big.length);
    await until(
      () => openFiles(digest.slice('sha256:'.length)),
      (open) => open === 0,
    );
    expect((await read(digest)).bytes).toHaveLength(big.length);
  });
});

describe('read models', () => {
  it('are the same when built again, and after a restart', async () => {
    const run = uuid();
    await writeRun(bench.engines, run);
    await sealed(run);
    await bench.restart();
    const { projections } = await until(
      () => bench.client.listProjections({}),
      (answer) => answer.projections.every(({ state }) => state === 'live'),
    );
    expect(projections.map(({ name }) => name).sort()).toEqual([
      ...['bundles', 'disposed', 'references', 'reproductions'],
    ]);
    for (const { name } of projections) {
      let result;
      for await (const { progress } of bench.client.rebuildProjection({ name })) result = progress?.result;
      expect({ name, ...result }).toMatchObject({ name, identical: true });
    }
  });
});

describe('as a process of its own', () => {
  it('must be told where the scheduler is', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-alone-'));
    const config = Object.assign(new ProvenanceConfig(), { dataDir });
    const starting = startService({
      name: 'provenance',
      module: ProvenanceModule.with({ config, version: 'test' }),
      services: provenanceServices,
      host: '127.0.0.1',
      grpcPort: 0,
      log: createLog({ service: 'provenance', level: 'error', write: () => undefined }),
    });
    await expect(starting).rejects.toThrow('HOLDFAST_SCHEDULER_ADDRESS');
    await rm(dataDir, { recursive: true });
  });
});
