import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { digestBytes } from '#evidence';
import type { Datasync } from './log-sync.js';
import { openPack, type Pack } from './pack.js';

let dir: string;
const packs: Pack[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-pack-'));
});
afterEach(async () => {
  for (const pack of packs.splice(0)) await pack.close();
  await rm(dir, { recursive: true, force: true });
});

async function open(datasync?: Datasync, logPages?: number): Promise<Pack> {
  const pack = await openPack(dir, { reach: () => undefined, datasync, logPages });
  packs.push(pack);
  return pack;
}
const put = (pack: Pack, bytes: Uint8Array) => pack.put(digestBytes(bytes), bytes);
const some = (count: number) => Array.from({ length: count }, () => randomBytes(100));

/** A disk that is as slow as the test wants it. */
function slowDisk() {
  const syncs: PromiseWithResolvers<void>[] = [];
  let awaited = Promise.withResolvers<void>();
  return {
    datasync: (async () => {
      const sync = Promise.withResolvers<void>();
      syncs.push(sync);
      awaited.resolve();
      awaited = Promise.withResolvers();
      await sync.promise;
    }) satisfies Datasync,
    /** Resolves when a sync begins after the call. */
    begun: () => awaited.promise,
    end: (error?: Error) => (error ? syncs.at(-1)?.reject(error) : syncs.at(-1)?.resolve()),
    count: () => syncs.length,
  };
}
/** What has settled when everything that can go on has gone on. */
async function settledBy(promises: readonly Promise<unknown>[], until: Promise<unknown>): Promise<number> {
  let settled = 0;
  for (const promise of promises) promise.then(() => settled++).catch(() => undefined);
  await until;
  return settled;
}

describe('a pack', () => {
  it('brings all that waits to the disk with one sync, and what came meanwhile with the next', async () => {
    const disk = slowDisk();
    const pack = await open(disk.datasync);
    const began = disk.begun();
    const first = some(50).map((bytes) => put(pack, bytes));
    await began;
    const second = some(20).map((bytes) => put(pack, bytes));
    const next = disk.begun();
    const both = settledBy(first, next);
    disk.end();
    expect([await both, disk.count()]).toEqual([50, 2]);
    disk.end();
    await Promise.all(second);
    expect(disk.count()).toBe(2);
  });

  it('says that bytes are kept only when they are on disk, also to a client that finds them there', async () => {
    const [disk, other] = [slowDisk(), slowDisk()];
    const [pack, second] = [await open(disk.datasync), await open(other.datasync)];
    const bytes = randomBytes(100);
    const [began, otherBegan] = [disk.begun(), other.begun()];
    const kept = put(pack, bytes);
    await began;
    const found = second.find(digestBytes(bytes));
    expect(found).toMatchObject({ sizeBytes: 100 });
    const later = [put(second, bytes), second.settle(found?.place)];
    expect(await settledBy([kept, ...later], otherBegan)).toBe(0);
    other.end();
    await Promise.all(later);
    expect(disk.count()).toBe(1);
    disk.end();
    await kept;
    // What is known to be on disk costs no sync any more.
    await Promise.all([put(pack, bytes), put(second, bytes), pack.settle(), second.settle()]);
    expect([disk.count(), other.count()]).toEqual([1, 1]);
  });

  it('settles later what is to be settled later', async () => {
    const disk = slowDisk();
    const pack = await open(disk.datasync);
    const putLater = (bytes: Uint8Array) => pack.put(digestBytes(bytes), bytes, true);
    for (const bytes of some(5)) await putLater(bytes);
    expect(disk.count()).toBe(0);
    const began = disk.begun();
    const settled = pack.settle();
    await began;
    // The sync that is under way does not count for what comes now.
    for (const bytes of some(2)) await putLater(bytes);
    const next = disk.begun();
    const late = settledBy([pack.settle()], next);
    disk.end();
    await settled;
    expect([await late, disk.count()]).toEqual([0, 2]);
    disk.end();
    await pack.settle();
    expect(disk.count()).toBe(2);
  });

  it('takes a disk that failed to sync at its word until it is opened again', async () => {
    const disk = slowDisk();
    const pack = await open(disk.datasync);
    const [bytes, more] = [randomBytes(100), randomBytes(100)];
    const began = disk.begun();
    const lost = put(pack, bytes).catch((error: unknown) => error);
    await began;
    disk.end(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
    expect(await lost).toMatchObject({ kind: 'exhausted', code: 'STORAGE_FULL' });
    for (const one of [bytes, more])
      await expect(put(pack, one)).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    const again = await open();
    await put(again, bytes);
    expect(again.read(digestBytes(bytes))).toEqual(Uint8Array.from(bytes));
  });

  it('carries its log over into the database, and the log stays small', async () => {
    const pack = await open(undefined, 100);
    const bytes = Array.from({ length: 60 }, () => randomBytes(20_000));
    for (let at = 0; at < bytes.length; at += 4)
      await Promise.all(bytes.slice(at, at + 4).map((one) => put(pack, one)));
    const sizeOf = async (name: string) => (await stat(join(dir, name))).size;
    expect(await sizeOf('pack.sqlite')).toBeGreaterThan(700_000);
    expect(await sizeOf('pack.sqlite-wal')).toBeLessThan(900_000);
    for (const one of bytes) expect(pack.read(digestBytes(one))).toEqual(Uint8Array.from(one));
  });

  it('uses the space again that removed blobs had', async () => {
    const sizes: number[] = [];
    for (let round = 0; round < 3; round++) {
      const pack = await open();
      const bytes = Array.from({ length: 100 }, () => randomBytes(10_000));
      await Promise.all(bytes.map((one) => put(pack, one)));
      for (const one of bytes) expect(pack.remove(digestBytes(one))).toBe(true);
      await packs.pop()?.close();
      sizes.push((await stat(join(dir, 'pack.sqlite'))).size);
    }
    expect(sizes[2]).toBeLessThan((sizes[0] as number) * 1.1);
  });
});
