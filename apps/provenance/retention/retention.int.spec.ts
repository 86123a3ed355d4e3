import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { epochMs, streamId, systemChance, systemClock, toInstant, type Digest } from '#kernel';
import { digestBytes, nameId } from '#evidence';
import { damageOnDisk, storedLongAgo } from '#artifact-store/testing';
import { provenance as proto } from '#contracts';
import {
  blueprintCodec,
  bundleCodec,
  datasetCodec,
  disposalCodec,
  holdCodec,
  retentionCodec,
} from '#contracts/stored';
import { blueprintStream, type BlueprintEvent } from '#domain/blueprint';
import type { BundleEvent } from '#domain/bundle';
import { datasetStream, datasetVersionId, type DatasetEvent } from '#domain/dataset';
import { disposalStream, type ArtifactsDisposed } from '#domain/disposal';
import { holdStream } from '#domain/hold';
import { classStream, namespaceStream } from '#domain/retention';
import type { BlobRef } from '#domain/run';
import { newDir, openBench, until, type Bench } from '../testing/bench.js';
import {
  appendEvents,
  declare as declareBlueprint,
  keep,
  keepTree,
  writeRun,
  type WrittenRun,
} from '../testing/written-runs.js';

const uuid = () => systemChance.uuid();
const as = (idempotencyKey = uuid()) => ({
  idempotencyKey,
  metadata: { 'holdfast-actor': nameId('actor', 'officer'), 'holdfast-actor-type': 'person' },
});
const reason = 'because it is a test';
const dayMs = 24 * 60 * 60 * 1000;
const model = (text: string) => ({ model: text, digest: digestBytes(text) });
let bench: Bench;
let space = 0;
/** Each test has a namespace of its own; others' runs are in none that is disposed of. */
let namespace: string;

beforeAll(async () => {
  bench = await openBench();
  await bench.engines.people.setName(nameId('actor', 'officer'), 'Grace Hopper');
});
afterAll(() => bench.close());
beforeEach(() => {
  namespace = `space-${++space}`;
});

async function ended(run: WrittenRun = {}): Promise<string> {
  const id = uuid();
  await writeRun(bench.engines, id, { namespace, ...run });
  await bench.client.getBundle({ namespace: '', runId: id });
  return id;
}
const declare = (name: string, keepForDays: number | undefined, artifacts: string[] = []) =>
  bench.client.declareRetention({ name, keepForDays, artifacts, authority: 'policy 7', reason }, as());
const assign = (subject: string, name: string) =>
  bench.client.assignRetention({ namespace: '', subject, class: name, reason }, as());
const order = (runId: string, more: Partial<proto.DisposeRequest> = {}): proto.DisposeRequest => ({
  ...{ namespace: '', runId, authority: '', reason, beforeTime: false, artifacts: [], dryRun: false },
  ...more,
});
const early = { authority: 'case 9', beforeTime: true };
const dispose = (runId: string, more: Partial<proto.DisposeRequest> = {}, key = uuid()) =>
  bench.client.dispose(order(runId, more), as(key));
const expire = async (dryRun = false) => {
  const told = await Array.fromAsync(bench.client.disposeExpired({ dryRun, reason }, as()));
  expect(told.at(-1)).toMatchObject({ done: true });
  return told.slice(0, -1);
};
const here = async (...digests: Digest[]) => {
  const missing = new Set(await bench.engines.artifacts.missing(digests));
  return digests.map((digest) => !missing.has(digest));
};
const eventsOf = async (run: string) =>
  (await Array.fromAsync(bench.engines.eventStore.readStream(disposalStream(run)))).flat();
const typesOf = async (run: string) => (await eventsOf(run)).map(({ type }) => type);
let holds = 0;
async function hold(subject: ReturnType<typeof streamId>) {
  const stream = holdStream(`hold ${++holds}`);
  const event = { type: 'HoldPlaced', subject, authority: 'case 7', at: systemClock.now() } as const;
  await appendEvents(bench.engines, holdCodec, stream, 0, [event]);
  const release = () =>
    appendEvents(bench.engines, holdCodec, stream, 1, [
      { type: 'HoldReleased', authority: 'case 7, closed', at: systemClock.now() },
    ]);
  return { stream, release };
}
const scrubbed = async () => (await Array.fromAsync(bench.client.scrub({}))).at(-1)?.missing;

describe('retention', () => {
  it('is for ever until something is put in a class; a class is lengthened and shortened by events', async () => {
    const run = await ended();
    const stands = () => bench.client.getRetention({ namespace: '', runId: run });
    expect(await stands()).toMatchObject({ class: 'for-ever', keptUntil: undefined, over: false });
    await declare('month', 30, ['logs']);
    expect((await declare('month', undefined, ['logs'])).rule).toMatchObject({ keepForDays: undefined });
    expect((await declare('month', 7, ['logs'])).rule).toMatchObject({
      keepForDays: 7,
      authority: 'policy 7',
    });
    const events = await Array.fromAsync(bench.engines.eventStore.readAll({ kinds: ['retention'] }));
    expect(events.flat().map(({ type }) => type)).toEqual([
      ...['RetentionClassDeclared', 'RetentionLengthened', 'RetentionShortened'],
    ]);
    await assign(`namespace:${namespace}`, 'month');
    expect(await stands()).toMatchObject({
      class: 'month',
      assignedBy: `namespace:${namespace}`,
      over: true,
    });
    expect((await assign(run, 'for-ever')).rule).toMatchObject({ label: run, class: 'for-ever' });
    expect(await stands()).toMatchObject({ class: 'for-ever', keptUntil: undefined });
    const { rules } = await bench.client.listRetention({ class: 'month', pageSize: 0, pageToken: '' });
    expect(rules).toMatchObject([
      { class: 'month', subject: '', reason },
      { class: 'month', subject: namespaceStream(namespace), label: `namespace:${namespace}` },
    ]);
    const first = await bench.client.listRetention({ class: '', pageSize: 1, pageToken: '' });
    expect(first.rules).toMatchObject([{ class: 'for-ever' }]);
    const rest = { class: '', pageSize: 50, pageToken: first.nextPageToken };
    expect((await bench.client.listRetention(rest)).rules[0]).toMatchObject({ class: 'month' });
  });

  it('says everything that is wrong with a rule at once', async () => {
    const wrong = { name: 'for-ever', keepForDays: -1, artifacts: ['all'], authority: '', reason: '' };
    await expect(bench.client.declareRetention(wrong, as())).rejects.toMatchObject({
      problems: [
        { code: 'NAME_RESERVED' },
        { code: 'DAYS_INVALID' },
        { code: 'ARTIFACTS_UNKNOWN' },
        { code: 'AUTHORITY_INVALID' },
        { field: 'reason' },
      ],
    });
    await expect(assign(`namespace:${namespace}`, 'unheard')).rejects.toMatchObject({
      code: 'RETENTION_CLASS_NOT_FOUND',
    });
    await expect(assign(uuid(), 'for-ever')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    await expect(assign('blueprint:none', 'for-ever')).rejects.toMatchObject({ code: 'BLUEPRINT_NOT_FOUND' });
  });
});

describe('disposal', () => {
  it('leaves a tombstone that says what, when, by whom and why, to whoever asks for the bytes', async () => {
    const mine = model('a model of one run');
    const [run, other] = [await ended({ model: mine.model, l2: 0.3 }), await ended({ model: 'another' })];
    const planned = await dispose(run, { ...early, artifacts: ['outputs'], dryRun: true, reason: '' });
    expect(planned.blobs.map(({ digest }) => digest)).toEqual([mine.digest]);
    expect(await typesOf(run)).toEqual([]);
    await expect(dispose(run)).rejects.toMatchObject({ code: 'RETENTION_NOT_OVER' });
    const key = uuid();
    const { disposal } = await dispose(run, { ...early, artifacts: ['outputs'] }, key);
    expect(disposal).toMatchObject({
      ...{ runId: run, artifacts: ['outputs'], class: 'for-ever', authority: 'case 9', early: true, reason },
      ...{ blobs: 1, bytes: mine.model.length, disposedBy: nameId('actor', 'officer') },
      disposedByName: 'Grace Hopper',
      status: proto.DisposalStatus.DISPOSAL_STATUS_FINISHED,
    });
    expect((await dispose(run, { ...early, artifacts: ['outputs'] }, key)).disposal).toEqual(disposal);
    expect((await dispose(run, { ...early, artifacts: ['outputs'] })).disposal).toBeUndefined();
    expect(await typesOf(run)).toEqual(['ArtifactsDisposed', 'DisposalFinished']);

    const said =
      /disposed of on \d{4}-\d\d-\d\d by [0-9a-f-]{36} under class for-ever, by authority of case 9: because/;
    const read = async (digest: Digest) =>
      Array.fromAsync(bench.client.getBlob({ digest, offset: 0, length: undefined }));
    await expect(read(mine.digest)).rejects.toMatchObject({
      ...{ kind: 'not-found', code: 'BLOB_DISPOSED' },
      message: expect.stringMatching(said),
    });
    const request = { namespace: '', runId: run };
    const file = { ...request, withData: false, withEnvironment: false, withoutProofs: true };
    await expect(Array.fromAsync(bench.client.exportBundle(file))).rejects.toMatchObject({
      ...{ kind: 'rule', code: 'ARTIFACTS_DISPOSED', message: expect.stringMatching(said) },
    });
    expect((await bench.client.getBundle(request)).bundle?.disposals).toEqual([disposal]);
    expect(await scrubbed()).toEqual([]);

    // What else it had is another run's as well, and goes with the last of the two.
    await dispose(run, early);
    expect(await here(digestBytes('console.log(1)\n'))).toEqual([true]);
    await expect(bench.client.reproduce({ ...request, reason }, as())).rejects.toMatchObject({
      code: 'ARTIFACTS_DISPOSED',
    });
    await expect(bench.client.compareRuns({ namespace: '', a: run, b: other })).rejects.toMatchObject({
      code: 'ARTIFACTS_DISPOSED',
    });
    expect(await scrubbed()).toEqual([]);
  });

  it('takes the bytes again for a new run, and misses them then', async () => {
    const again = model('made twice');
    const run = await ended({ model: again.model });
    await dispose(run, early);
    expect(await here(again.digest)).toEqual([false]);
    const { artifacts } = bench.engines;
    const scrub = async () => (await Array.fromAsync(bench.client.scrub({}))).at(-1);
    const longAgo = () => storedLongAgo(join(bench.dir, 'artifacts'), again.digest, 0);
    // Put back, as a restored backup does, and no event says why.
    await artifacts.put(Buffer.from(again.model));
    expect((await scrub())?.restored).toEqual([]);
    await longAgo();
    expect((await scrub())?.restored).toEqual([again.digest]);
    await dispose(run, early);
    expect(await here(again.digest)).toEqual([false]);
    await ended({ model: again.model });
    expect(await here(again.digest)).toEqual([true]);
    await longAgo();
    expect(await scrub()).toMatchObject({ missing: [], restored: [] });
    await bench.engines.artifacts.delete(again.digest);
    expect(await scrubbed()).toEqual([again.digest]);
    await bench.engines.artifacts.put(Buffer.from(again.model));
  });

  it('keeps no new bundle from what it describes as one that has just gone did', async () => {
    const only = { cores: 77 };
    await dispose(await ended(only), early);
    const runId = await ended(only);
    const file = { namespace: '', runId, withData: false, withEnvironment: false, withoutProofs: true };
    expect((await Array.fromAsync(bench.client.exportBundle(file))).length).toBeGreaterThan(0);
  });

  it('of a class that has run out leaves what is held and what others need, until they do not', async () => {
    const [own, shared] = [model(`own ${namespace}`), model(`shared ${namespace}`)];
    const keeps = `${namespace}-kept`;
    const one = await ended({ model: own.model });
    const two = await ended({ model: shared.model });
    const three = await ended({ model: shared.model });
    const kept = await ended({ namespace: keeps, csv: `only,${namespace}\n1,2\n` });
    await declare(`out-${space}`, 0, ['outputs']);
    await assign(`namespace:${namespace}`, `out-${space}`);
    const { stream, release } = await hold(streamId('bundle', three));
    const told = await expire(true);
    expect(told.map(({ runId }) => runId)).toEqual(expect.arrayContaining([one, two, three]));
    expect(await here(own.digest)).toEqual([true]);

    const done = new Map((await expire()).map((message) => [message.runId, message]));
    expect(done.get(one)?.disposal).toMatchObject({
      class: `out-${space}`,
      authority: 'policy 7',
      early: false,
    });
    expect(done.get(two)?.disposal).toMatchObject({ blobs: expect.any(Number) });
    expect(done.get(three)?.heldBy).toMatchObject([
      { hold: stream.slice('hold-'.length), authority: 'case 7' },
    ]);
    expect(done.has(kept)).toBe(false);
    expect(await here(own.digest, shared.digest)).toEqual([false, true]);
    await expect(dispose(three, early)).rejects.toMatchObject({
      ...{ kind: 'rule', code: 'RUN_HELD', message: expect.stringContaining(stream) },
    });

    await release();
    expect((await expire()).map(({ runId }) => runId)).toEqual([three]);
    expect(await here(shared.digest)).toEqual([false]);
    expect(await expire()).toEqual([]);
    expect(await scrubbed()).toEqual([]);
  });

  it('is of each kind by itself', async () => {
    const [code, csv, text] = [`// ${namespace}`, `a\n${space}\n`, `kinds ${namespace}`];
    const run = await ended({ code: { 'x.mjs': code }, csv, model: text });
    const bytes = [csv, text, code].map((content) => digestBytes(content));
    const goes = async (artifacts: string[]) => {
      const { disposal } = await dispose(run, { ...early, artifacts });
      return [disposal?.artifacts, await here(...bytes)];
    };
    expect(await goes(['logs'])).toEqual([['logs'], [true, true, true]]);
    expect(await goes(['data'])).toEqual([['data'], [false, true, true]]);
    expect(await goes(['outputs'])).toEqual([['outputs'], [false, false, true]]);
    expect(await goes(['core'])).toEqual([['core'], [false, false, false]]);
    const { disposals } = await bench.client.getRetention({ namespace: '', runId: run });
    expect(disposals.map(({ artifacts }) => artifacts[0])).toEqual(['logs', 'data', 'outputs', 'core']);
    await expect(dispose(run, { ...early, artifacts: ['all'] })).rejects.toMatchObject({
      problems: [{ code: 'ARTIFACTS_UNKNOWN' }],
    });
  });

  it('takes an imported bundle too, and leaves it what it shares with a run that is here', async () => {
    const mine = model(`imported ${namespace}`);
    const [run, twin] = [await ended({ model: mine.model, l2: 0.7 + space }), uuid()];
    const { bundle } = await bench.client.getBundle({ namespace: '', runId: run });
    const { core, manifest, members, sizeBytes, reproducibilityKey } = bundle!;
    const imported = {
      ...{ type: 'BundleImported', namespace, run: twin, core, manifest, members, sizeBytes },
      ...{ reproducibilityKey, outcome: 'completed', at: systemClock.now() },
    } as BundleEvent;
    await appendEvents(bench.engines, bundleCodec, streamId('bundle', twin), 0, [imported]);
    await dispose(run, early);
    expect(await here(mine.digest, core as Digest)).toEqual([true, true]);
    await dispose(twin, early);
    expect(await here(mine.digest, core as Digest)).toEqual([false, false]);
    for (const runId of [run, twin])
      await expect(bench.client.reproduce({ namespace: '', runId, reason }, as())).rejects.toMatchObject({
        code: 'ARTIFACTS_DISPOSED',
      });
    expect(await scrubbed()).toEqual([]);
  });

  it('of a part is refused where it cannot be read what the rest needs; the others go, and so does the whole', async () => {
    const [broken, other] = [model(`broken ${namespace}`), model(`whole ${namespace}`)];
    const [run, next] = [await ended({ model: broken.model, l2: 0.9 }), await ended({ model: other.model })];
    const { bundle } = await bench.client.getBundle({ namespace: '', runId: run });
    await damageOnDisk(join(bench.dir, 'artifacts'), bundle!.core as Digest, 'flipped');
    await expect(dispose(run, { ...early, artifacts: ['outputs'] })).rejects.toMatchObject({
      kind: 'integrity',
    });
    await declare(`part-${space}`, 0, ['outputs']);
    await assign(`namespace:${namespace}`, `part-${space}`);
    await expect(expire()).rejects.toMatchObject({ kind: 'integrity' });
    expect(await here(broken.digest, other.digest)).toEqual([true, false]);
    expect(await typesOf(next)).toEqual(['ArtifactsDisposed', 'DisposalFinished']);
    const whole = { artifacts: ['outputs', 'logs', 'core', 'data'] };
    await expect(dispose(run, whole)).rejects.toMatchObject({
      code: 'RETENTION_NOT_OVER',
      message: expect.stringMatching(/^logs, core, data of run .* are kept for ever \(class part-/),
    });
    await dispose(run, { ...whole, ...early });
    expect(await here(broken.digest)).toEqual([false]);
  });

  it('leaves what was put again since by somebody who may not have said so yet, and takes it later', async () => {
    const [core, run] = [await keep(bench.engines, `a damaged list of ${namespace}`), uuid()];
    const imported = {
      ...{ type: 'BundleImported', namespace, run, core: core.digest, manifest: core.digest, members: 0 },
      ...{ sizeBytes: 0, reproducibilityKey: core.digest, outcome: 'completed' },
      at: toInstant(epochMs(systemClock.now()) - 2 * dayMs),
    } as BundleEvent;
    await appendEvents(bench.engines, bundleCodec, streamId('bundle', run), 0, [imported]);
    const left = async () => (await dispose(run, early)).disposal?.status;
    expect(await left()).toBe(proto.DisposalStatus.DISPOSAL_STATUS_FINISHED);
    const [, end] = await eventsOf(run);
    expect(disposalCodec.decode(end!.type, end!.bytes).event).toMatchObject({ blobs: 0, left: 1 });
    expect(await left()).toBeUndefined();
    expect(await here(core.digest)).toEqual([true]);
    await storedLongAgo(join(bench.dir, 'artifacts'), core.digest, epochMs(systemClock.now()) - 2 * dayMs);
    expect(await left()).toBe(proto.DisposalStatus.DISPOSAL_STATUS_FINISHED);
    expect(await here(core.digest)).toEqual([false]);
  });

  it.each([
    ['its namespace', () => namespaceStream(namespace)],
    ['a reproduction of it', async (run: string) => reproductionOf(run)],
  ] as const)('is refused by a hold on %s', async (_, subjectOf) => {
    const run = await ended();
    const { release } = await hold(await subjectOf(run));
    await expect(dispose(run, early)).rejects.toMatchObject({ code: 'RUN_HELD' });
    await release();
    expect((await dispose(run, early)).disposal).toBeDefined();
  });

  it.each([
    ['a hold that came', async (run: string) => ({ hold: (await hold(streamId('run', run))).stream })],
    ['a longer class', async () => void (await declareAway(`late-${space}`))],
  ] as const)('is withdrawn by %s before the bytes went, and told so', async (what, keeping) => {
    const mine = model(`late ${namespace}`);
    const run = await ended({ model: mine.model });
    const early = what === 'a hold that came';
    await declare(`late-${space}`, 0);
    await assign(run, `late-${space}`);
    await bench.stop();
    // As if it was killed right after the tombstone.
    const tombstone: ArtifactsDisposed = {
      ...{ type: 'ArtifactsDisposed', run, namespace, artifacts: ['outputs'], class: `late-${space}` },
      ...{ authority: 'case 9', early, blobs: [{ digest: mine.digest, sizeBytes: 1 }] },
      ...{ part: 1, parts: 1, at: systemClock.now() },
    };
    await appendEvents(bench.engines, disposalCodec, disposalStream(run), 0, [tombstone]);
    const by = (await keeping(run)) ?? {};
    await bench.restart();
    await until(
      () => typesOf(run),
      (types) => types.length > 1,
    );
    const [, end] = await eventsOf(run);
    const { event } = disposalCodec.decode(end!.type, end!.bytes);
    expect(event).toEqual({ type: 'DisposalWithdrawn', ...by, gone: [], at: expect.any(String) });
    expect(await here(mine.digest)).toEqual([true]);
    const { disposals } = await bench.client.getRetention({ namespace: '', runId: run });
    expect(disposals).toMatchObject([{ status: proto.DisposalStatus.DISPOSAL_STATUS_WITHDRAWN }]);
    await bench.engines.artifacts.delete(mine.digest);
    expect(await scrubbed()).toEqual([mine.digest]);
    await keep(bench.engines, mine.model);
  });

  it('comes round by itself where a time is set', async () => {
    const run = await ended();
    await declare(`turn-${space}`, 0);
    await declareBlueprint(bench.engines, namespace);
    await assign(`blueprint:${namespace}/species`, `turn-${space}`);
    await bench.restart({ disposeEveryMs: 50 });
    await until(
      () => typesOf(run),
      (types) => types.includes('DisposalFinished'),
    );
    const { disposals } = await bench.client.getRetention({ namespace: '', runId: run });
    expect(disposals).toMatchObject([
      { disposedBy: nameId('service', 'provenance'), reason: 'the time of its class is over', early: false },
    ]);
    await bench.restart();
  });

  it('and a hold never both win', async () => {
    const texts = Array.from({ length: 12 }, (_, i) => model(`race ${namespace} ${i}`));
    const runs = await Promise.all(texts.map(({ model: text }) => ended({ model: text })));
    await Promise.all(
      runs.map(async (run, i) => {
        const ordered = dispose(run, { ...early, artifacts: ['outputs'] }).then(
          () => 'disposed',
          (error: unknown) => (error as { code: string }).code,
        );
        await systemClock.sleep(i * 5);
        const { stream } = await hold(streamId('run', run));
        const outcome = await ordered;
        const events = await eventsOf(run);
        const held = (await Array.fromAsync(bench.engines.eventStore.readStream(stream))).flat()[0]!;
        const [tombstone] = events;
        const before =
          tombstone === undefined ||
          bench.engines.eventStore.comparePositions(held.position, tombstone.position) < 0;
        const digest = texts[i]?.digest as Digest;
        expect(await here(digest)).toEqual([outcome !== 'disposed']);
        expect(['disposed', 'RUN_HELD']).toContain(outcome);
        if (before) expect(outcome).toBe('RUN_HELD');
        if (outcome === 'RUN_HELD' && tombstone) expect(events.at(-1)?.type).toBe('DisposalWithdrawn');
      }),
    );
  });
});

describe('a version of a dataset', () => {
  /** Adds the next version; a list of files where several are given. */
  async function added(name: string, number: number, ...texts: string[]) {
    const [file] = await Promise.all(texts.map((text) => keep(bench.engines, text)));
    const files = Object.fromEntries(texts.map((text, i) => [`${i}.csv`, text]));
    const blob = texts.length > 1 ? (await keepTree(bench.engines, files)).list : (file as BlobRef);
    const profile = await keep(bench.engines, `{"of":"${blob.digest}"}`);
    const event: DatasetEvent = {
      ...{ type: 'DatasetVersionAdded', namespace, name, number, ...blob, profile },
      ...{ format: texts.length > 1 ? 'tree' : 'file', about: {}, at: systemClock.now() },
    };
    await appendEvents(bench.engines, datasetCodec, datasetStream(namespace, name), number - 1, [event]);
    return { ref: `dataset:${namespace}/${name}@${number}`, digest: blob.digest, profile: profile.digest };
  }

  const expired = async () => (await expire()).filter(({ dataset }) => dataset !== '');

  it('is in the class of its dataset or namespace, from when it was added, and goes with all that describes it', async () => {
    const { ref, digest, profile } = await added('birds', 1, `birds ${namespace}`);
    const stands = () => bench.client.getRetention({ namespace: '', runId: ref });
    const label = `${namespace}/birds@1`;
    expect(await stands()).toMatchObject({ runId: '', dataset: label, class: 'for-ever', over: false });
    await expect(dispose(ref)).rejects.toMatchObject({
      ...{
        code: 'RETENTION_NOT_OVER',
        message: expect.stringContaining(`dataset ${label} is kept for ever`),
      },
    });
    await declare(`rows-${space}`, 0, ['data']);
    await declare(`logs-${space}`, 0, ['logs']);
    await assign(`namespace:${namespace}`, `logs-${space}`);
    await expect(dispose(ref)).rejects.toMatchObject({
      ...{ code: 'RETENTION_NOT_OVER', message: expect.stringContaining('data of dataset') },
    });
    expect(await expired()).toEqual([]);
    await assign(`dataset:${namespace}/birds`, `rows-${space}`);
    expect(await stands()).toMatchObject({ assignedBy: `dataset:${namespace}/birds`, over: true });
    expect(await expired()).toMatchObject([
      {
        runId: '',
        dataset: label,
        disposal: { dataset: label, artifacts: ['data'], blobs: 2, early: false },
      },
    ]);
    expect(await here(digest, profile)).toEqual([false, false]);
    expect(await stands()).toMatchObject({ disposals: [{ dataset: label, authority: 'policy 7', reason }] });
    expect([await expired(), await scrubbed()]).toEqual([[], []]);
    const read = Array.fromAsync(bench.client.getBlob({ digest, offset: 0, length: undefined }));
    await expect(read).rejects.toMatchObject({
      message: expect.stringContaining(`of dataset ${label} was disposed of`),
    });
  });

  it('is not disposed of while a run that is kept reads it; with its last run it goes, whatever blueprints name it', async () => {
    const csv = `read,${namespace}\n1,2\n`;
    const { ref, digest } = await added('read', 1, csv);
    const [one, two] = [await ended({ csv, l2: 0.3 }), await ended({ csv, l2: 0.4 })];
    const lock = await keep(bench.engines, JSON.stringify({ data: { read: { digest } }, v: 1 }));
    const declared = { ...(await blueprintOf(namespace)), lock };
    await appendEvents(bench.engines, blueprintCodec, blueprintStream(namespace, 'reader'), 0, [declared]);
    const inUse = { kind: 'rule', code: 'DATASET_IN_USE' };
    await expect(dispose(ref, early)).rejects.toMatchObject(inUse);
    await dispose(one, early);
    await dispose(two, { ...early, artifacts: ['outputs', 'logs'] });
    await expect(dispose(ref, early)).rejects.toMatchObject(inUse);
    expect(await here(digest)).toEqual([true]);

    await declare(`all-${space}`, 0);
    await assign(`namespace:${namespace}`, `all-${space}`);
    const { release } = await hold(datasetStream(namespace, 'read'));
    await expect(dispose(ref, early)).rejects.toMatchObject({ code: 'DATASET_HELD' });
    expect((await expired()).filter(({ heldBy }) => heldBy.length > 0)).toHaveLength(1);
    expect(await here(digest)).toEqual([true]);
    await release();
    expect(await expired()).toMatchObject([{ dataset: `${namespace}/read@1`, disposal: { blobs: 2 } }]);
    expect(await here(digest, lock.digest)).toEqual([false, true]);
  });

  it('leaves other versions, and runs that came meanwhile, what they share with it', async () => {
    const [shared, own, csv] = [`shared ${namespace}`, `own ${namespace}`, `late ${namespace}\n`];
    const first = await added('files', 1, shared, own);
    const second = await added('files', 2, shared, `other ${namespace}`);
    await dispose(first.ref, early);
    const bytes = [first.digest, digestBytes(own), digestBytes(shared), second.digest];
    expect(await here(...bytes)).toEqual([false, false, true, true]);

    const late = await added('late', 1, csv);
    const seen = { stream: datasetStream(namespace, 'late'), revision: 0 };
    // A run is admitted between the look at what is needed and the tombstone, by a server that is killed then.
    await bench.stop();
    await writeRun(bench.engines, uuid(), { namespace, csv });
    const tombstone: ArtifactsDisposed = {
      ...{ type: 'ArtifactsDisposed', dataset: { name: 'late', number: 1 }, namespace, artifacts: ['data'] },
      ...{ class: 'for-ever', ...{ authority: 'case 9', early: true, part: 1, parts: 1 }, seen },
      ...{ blobs: [late.digest, late.profile].map((digest) => ({ digest, sizeBytes: 1 })) },
      at: systemClock.now(),
    };
    const id = datasetVersionId(namespace, 'late', 1);
    await appendEvents(bench.engines, disposalCodec, disposalStream(id), 0, [tombstone]);
    await bench.restart();
    await until(
      () => typesOf(id),
      (types) => types.includes('DisposalFinished'),
    );
    expect(await here(late.digest, late.profile)).toEqual([true, false]);
  });

  it('is named as `dataset list` does, and what is wrong is told', async () => {
    await expect(dispose(`dataset:${namespace}/none@1`, early)).rejects.toMatchObject({
      ...{ kind: 'not-found', code: 'DATASET_NOT_FOUND' },
    });
    await expect(dispose('dataset:birds', early)).rejects.toMatchObject({
      problems: [{ code: 'VERSION_MISSING', field: 'run_id' }],
    });
    await expect(dispose('dataset:Bad Name@1', { ...early, artifacts: ['logs'] })).rejects.toMatchObject({
      problems: [{ field: 'run_id' }, { code: 'ARTIFACTS_UNKNOWN', message: 'is of data' }],
    });
    await expect(assign('dataset:none', 'for-ever')).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND' });
  });
});

const blueprintOf = async (space: string): Promise<BlueprintEvent> => ({
  ...(await declareBlueprint(bench.engines, space)),
  name: 'reader',
});

describe('a process killed while it disposes', () => {
  it('is followed by one that ends it, and the result is the same', async () => {
    const [dir, run] = [await newDir(), uuid()];
    const script = fileURLToPath(new URL('../testing/dispose-until-killed.js', import.meta.url));
    const child = spawn(process.execPath, [script, dir, 'provenance:mid-removal#2', run], {
      stdio: 'inherit',
    });
    expect((await once(child, 'close'))[1]).toBe('SIGKILL');
    const next = await openBench({}, { dir });
    try {
      const { eventStore, artifacts } = next.engines;
      const events = async () => (await Array.fromAsync(eventStore.readStream(disposalStream(run)))).flat();
      const [tombstone, end, ...more] = await until(events, ({ length }) => length > 1);
      const { event } = disposalCodec.decode(tombstone!.type, tombstone!.bytes);
      const blobs = event.type === 'ArtifactsDisposed' ? event.blobs : [];
      expect(blobs.length).toBeGreaterThan(10);
      expect(await artifacts.missing(blobs.map(({ digest }) => digest))).toHaveLength(blobs.length);
      expect(disposalCodec.decode(end!.type, end!.bytes).event).toMatchObject({
        ...{ type: 'DisposalFinished', blobs: blobs.length, left: 0 },
        bytes: blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      });
      expect(more).toEqual([]);
    } finally {
      await next.close();
    }
  });
});

/** As another instance would, while this one is away. */
const declareAway = (name: string) =>
  appendEvents(bench.engines, retentionCodec, classStream(name), 1, [
    { type: 'RetentionLengthened', name, keepForDays: null, authority: 'policy 8', at: systemClock.now() },
  ]);

async function reproductionOf(run: string) {
  const key = uuid();
  const { reproduction } = await bench.client.reproduce({ namespace: '', runId: run, reason }, as(key));
  return reproduction?.stream as ReturnType<typeof streamId>;
}
