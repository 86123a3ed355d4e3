import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { streamId, systemChance, systemClock, epochMs, type Digest } from '#kernel';
import { digestBytes } from '#evidence';
import { damageOnDisk, storedLongAgo, wreckInPack } from '#artifact-store/testing';
import { artifactCodec } from '#contracts/stored';
import { shownText } from '#key-store';
import { openBench, until, type Bench } from './testing/bench.js';
import { declare, keep, keepTree, writeRun } from './testing/written-runs.js';

const uuid = () => systemChance.uuid();
const reason = 'because it is a test';
const dayMs = 24 * 60 * 60 * 1000;
let bench: Bench;

beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const dirOf = () => join(bench.dir, 'artifacts');
/** As if it had come two days ago. */
async function age(...digests: Digest[]): Promise<void> {
  for (const digest of digests) await storedLongAgo(dirOf(), digest, epochMs(systemClock.now()) - 2 * dayMs);
}
async function ageAll(): Promise<void> {
  for await (const { digest } of bench.engines.artifacts.list()) await age(digest);
}
const collect = async (more: object = {}, idempotencyKey = uuid()) => {
  const request = { dryRun: false, reason, olderThanMs: undefined, ...more };
  const answers = await Array.fromAsync(bench.client.collectGarbage(request, { idempotencyKey }));
  return {
    last: answers.at(-1),
    removed: answers.flatMap(({ removed }) => removed.map(({ digest }) => digest)),
  };
};
const scrub = async () => (await Array.fromAsync(bench.client.scrub({}))).at(-1);
const artifactEvents = async () => {
  const batches = await Array.fromAsync(bench.engines.eventStore.readAll({ kinds: ['artifact'] }));
  return batches.flat().map(({ type, bytes }) => artifactCodec.decode(type, bytes));
};
async function sealedRun(): Promise<string> {
  const run = uuid();
  await writeRun(bench.engines, run);
  await bench.client.getBundle({ namespace: '', runId: run });
  return run;
}

describe('garbage collection', () => {
  it('takes what nothing refers to and leaves everything that anything needs', async () => {
    await declare(bench.engines);
    await sealedRun();
    const needed = (await Array.fromAsync(bench.engines.artifacts.list())).map(({ digest }) => digest);
    const loose = await keep(bench.engines, 'nobody wants me');
    const tree = await keepTree(bench.engines, { 'x.txt': 'a file of a list that nobody wants' });
    await ageAll();
    const young = await keep(bench.engines, 'just arrived');
    const dry = await collect({ dryRun: true, reason: '' });
    expect(dry.removed).toHaveLength(3);
    expect(await artifactEvents()).toEqual([]);
    const { last, removed } = await collect();
    expect(removed.sort()).toEqual(
      [loose.digest, tree.tree, digestBytes('a file of a list that nobody wants')].sort(),
    );
    expect(last).toMatchObject({ done: true, blobsRemoved: 3, blobsSeen: needed.length + 4 });
    expect(await bench.engines.artifacts.missing([...needed, young.digest])).toEqual([]);
    const [started, finished] = await artifactEvents();
    expect(started).toMatchObject({ event: { type: 'CollectionStarted' } });
    expect(await shownText(bench.engines.people, started?.metadata.reason ?? '')).toBe(reason);
    expect(finished?.event).toMatchObject({
      type: 'CollectionFinished',
      blobsRemoved: 3,
      digests: [...removed].sort(),
    });
    expect(finished?.metadata.causationId).toBeDefined();
    expect((await collect()).last).toMatchObject({ blobsRemoved: 0 });
  });

  it('leaves old files of a list that has just come, and what was sent again', async () => {
    const tree = await keepTree(bench.engines, { 'x.txt': 'an old file', 'y.txt': 'another' });
    const again = await keep(bench.engines, 'sent again');
    await ageAll();
    await keep(bench.engines, await bench.engines.artifacts.read(tree.tree));
    await keep(bench.engines, 'sent again');
    expect((await collect()).removed).toEqual([]);
    expect(await bench.engines.artifacts.missing([again.digest, digestBytes('an old file')])).toEqual([]);
  });

  it('asks the events what is needed, whatever the read models say', async () => {
    await sealedRun();
    await ageAll();
    // It is there by then.
    await until(
      () => bench.client.listProjections({}),
      ({ projections }) => projections.every(({ state }) => state === 'live'),
    );
    const mirror = new DatabaseSync(join(bench.dir, 'views.sqlite'), { timeout: 60_000 });
    const smash = mirror.prepare('DELETE FROM "c:references@1.1"');
    await until(
      () => smash.run().changes,
      (rows) => Number(rows) > 0,
    );
    mirror.close();
    expect((await collect()).removed).toEqual([]);
  });

  it('leaves what a run refers to that is submitted meanwhile', async () => {
    const runs = Array.from({ length: 3 }, uuid);
    const loose = await Promise.all(Array.from({ length: 120 }, (_, i) => keep(bench.engines, `loose ${i}`)));
    await writeRun(bench.engines, runs[0] as string, { model: 'old', end: 'none' });
    await ageAll();
    const [, { last }] = await Promise.all([
      Promise.all(
        runs
          .slice(1)
          .map((run, i) => writeRun(bench.engines, run, { model: `loose ${i * 100}`, end: 'none' })),
      ),
      collect(),
    ]);
    expect(last?.blobsRemoved).toBeGreaterThanOrEqual(loose.length - 2);
    expect((await scrub())?.missing).toEqual([]);
  });

  it('answers a repeated command as before, and records what was removed when the caller has gone', async () => {
    await keep(bench.engines, 'nobody wants me');
    await ageAll();
    const key = uuid();
    expect((await collect({}, key)).last).toMatchObject({ blobsRemoved: 1, done: true });
    await keep(bench.engines, 'nor me');
    await ageAll();
    expect((await collect({}, key)).last).toMatchObject({ blobsRemoved: 1, done: true });
    for (let i = 0; i < 220; i++) await keep(bench.engines, `loose ${i}`);
    await ageAll();
    for await (const { removed } of bench.client.collectGarbage({
      dryRun: false,
      reason,
      olderThanMs: undefined,
    }))
      if (removed.length > 0) break;
    const events = await until(artifactEvents, (found) => found.length === 4);
    expect(events.at(-1)?.event).toMatchObject({ type: 'CollectionFinished' });
  });

  it('refuses to take young blobs unless the server was told so', async () => {
    await keep(bench.engines, 'nobody wants me');
    await expect(collect({ olderThanMs: 1000, reason: ' ' })).rejects.toMatchObject({
      problems: [{ field: 'reason' }, { code: 'AGE_TOO_SMALL', found: '1000' }],
    });
    await bench.restart({ gcMinAgeMs: 0 });
    expect((await collect({ olderThanMs: 0 })).removed).toEqual([digestBytes('nobody wants me')]);
  });
});

describe('usage', () => {
  it('is told by owner with a name, exclusive bytes apart', async () => {
    const blueprint = await declare(bench.engines);
    const [one, two] = [await sealedRun(), await sealedRun()];
    await keep(bench.engines, 'nobody wants me');
    const head = await bench.engines.eventStore.head();
    const usage = await bench.client.getUsage(
      { namespace: '' },
      { minPosition: Buffer.from(head ?? '').toString('base64url') },
    );
    expect(usage.owners.map(({ name }) => name).sort()).toEqual(
      [
        'blueprint default/species',
        ...[one, two].map((run) => `run ${run.slice(0, 8)} of default/species`),
      ].sort(),
    );
    const [all] = [await Array.fromAsync(bench.engines.artifacts.list())];
    expect(usage).toMatchObject({ totalBlobs: all.length, unreferencedBlobs: 1, unreferencedBytes: 15 });
    expect(usage.totalBytes).toBe(all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    const run = usage.owners.find(({ owner }) => owner === streamId('run', one));
    // History and list of members are its own; code, data, outputs are the other run's as well.
    expect(run?.exclusiveBytes).toBeGreaterThan(0);
    expect(run?.exclusiveBytes).toBeLessThan(run?.bytes ?? 0);
    const declared = usage.owners.find(({ name }) => name.startsWith('blueprint'));
    expect(declared?.bytes).toBeGreaterThanOrEqual(blueprint.document.sizeBytes);
    expect((await bench.client.getUsage({ namespace: 'other' })).owners).toEqual([]);
  });
});

describe('a scrub', () => {
  it('names what is damaged and what is gone, and records it', async () => {
    await sealedRun();
    expect(await scrub()).toMatchObject({ done: true, corrupt: [], missing: [] });
    const [model, code] = [digestBytes('{"weights":[1,2]}'), digestBytes('console.log(1)\n')];
    await damageOnDisk(dirOf(), model, 'flipped');
    await bench.engines.artifacts.delete(code);
    const found = await scrub();
    expect(found).toMatchObject({ done: true, corrupt: [model], missing: [code] });
    expect(found?.blobsDone).toBe(found?.blobsTotal);
    const events = await artifactEvents();
    expect(events.at(-1)?.event).toMatchObject({
      type: 'ScrubFinished',
      corrupt: [model],
      corruptTotal: 1,
      missing: [code],
      missingTotal: 1,
    });
  });

  it('goes on where the store itself is damaged, which nothing is collected from', async () => {
    await sealedRun();
    const [code, model] = [digestBytes('console.log(1)\n'), digestBytes('{"weights":[1,2]}')];
    for (const digest of [code, model]) wreckInPack(dirOf(), digest);
    expect(await scrub()).toMatchObject({ done: true, corrupt: [code, model].sort(), missing: [] });
    await expect(collect()).rejects.toMatchObject({ kind: 'integrity' });
    for (const text of ['console.log(1)\n', '{"weights":[1,2]}']) await keep(bench.engines, text);
    expect(await bench.engines.artifacts.verify(code)).toBe('intact');
    expect(await scrub()).toMatchObject({ done: true, corrupt: [], missing: [] });
  });

  it('comes round by itself in the background', async () => {
    await sealedRun();
    await bench.restart({ scrubEveryMs: 1000 });
    const [found] = await until(artifactEvents, (events) => events.length > 0);
    expect(found).toMatchObject({ event: { type: 'ScrubFinished', corruptTotal: 0, missingTotal: 0 } });
  });
});
