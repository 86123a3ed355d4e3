import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Digest } from '#kernel';
import { digestBytes } from '#evidence';
import { artifactStoreContract, damageOnDisk, storedLongAgo } from '../testing/index.js';
import { openFileArtifactStore } from './index.js';
import { blobPath } from './layout.js';

const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

artifactStoreContract('file', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-artifacts-'));
  const stores = [await openFileArtifactStore({ dir })];
  return {
    store: stores[0]!,
    async connect() {
      const store = await openFileArtifactStore({ dir });
      stores.push(store);
      return store;
    },
    damage: (digest, how) => damageOnDisk(dir, digest, how),
    leftovers: async () => (await filesIn(join(dir, 'incoming'))).length,
    async dispose() {
      await Promise.all(stores.map((store) => store.close()));
      await rm(dir, { recursive: true, force: true });
    },
  };
});

/** A process of its own that puts blobs of these sizes at once; killed at a point when one is given. */
async function putInChild(dir: string, fault: string | undefined, ...sizes: readonly number[]) {
  const script = `
    import { openFileArtifactStore } from ${JSON.stringify(new URL('./index.js', import.meta.url).href)};
    const store = await openFileArtifactStore({ dir: process.argv[1], fault: process.argv[2] || undefined });
    const kept = await Promise.all(process.argv.slice(3).map((size) => store.put(new Uint8Array(Number(size)).fill(7))));
    process.stdout.write(kept.map(({ digest }) => digest).join(' '));
    await store.close();`;
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', script, dir, fault ?? '', ...sizes.map(String)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let out = '';
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { signal, out };
}

describe('artifact store in a folder', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'holdfast-artifacts-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it.each(['mid-write', 'mid-write#5', 'before-rename', 'after-rename'])(
    'killed at %s leaves a whole file or none, and the next start tidies up',
    async (point) => {
      const expected = (await putInChild(join(dir, 'other'), undefined, 3_000_000)).out as Digest;
      const { signal, out } = await putInChild(dir, `artifact-store:${point}`, 3_000_000);
      expect([signal, out]).toEqual(['SIGKILL', '']);
      expect((await filesIn(join(dir, 'incoming'))).length).toBe(point === 'after-rename' ? 0 : 1);
      const store = await openFileArtifactStore({ dir });
      expect(await filesIn(join(dir, 'incoming'))).toEqual([]);
      expect(await store.verify(expected)).toBe(point === 'after-rename' ? 'intact' : 'missing');
      expect(await Array.fromAsync(store.list())).toHaveLength(point === 'after-rename' ? 1 : 0);
      await store.close();
      expect((await putInChild(dir, undefined, 3_000_000)).out).toBe(expected);
    },
  );

  it.each(['mid-write', 'mid-write#2', 'before-commit', 'after-commit'])(
    'killed at %s leaves all small blobs that were put together or none',
    async (point) => {
      const { signal, out } = await putInChild(dir, `artifact-store:${point}`, 0, 100, 65_536);
      expect([signal, out]).toEqual(['SIGKILL', '']);
      const store = await openFileArtifactStore({ dir });
      const left = await Array.fromAsync(store.list());
      expect(left).toHaveLength(point === 'after-commit' ? 3 : 0);
      for (const { digest } of left) expect(await store.verify(digest)).toBe('intact');
      const again = (await putInChild(dir, undefined, 0, 100, 65_536)).out.split(' ') as Digest[];
      expect(await store.missing(again)).toEqual([]);
      await store.close();
    },
  );

  it('is opened by many processes at the same time, which keep the same and other blobs', async () => {
    const sizes = Array.from({ length: 4 }, (_, i) => [1, 1000, 70_000, 2000 + i, 80_000 + i]);
    const ends = await Promise.all(sizes.map((some) => putInChild(dir, undefined, ...some)));
    const digests = [...new Set(ends.flatMap(({ out }) => out.split(' ') as Digest[]))].sort();
    expect(digests).toHaveLength(11);
    const store = await openFileArtifactStore({ dir });
    expect((await Array.fromAsync(store.list())).map(({ digest }) => digest)).toEqual(digests);
    for (const digest of digests) expect(await store.verify(digest)).toBe('intact');
    await store.close();
  });

  it('that has small blobs as files, from before there was a pack, is served; they come once in the list', async () => {
    const bytes = Array.from({ length: 20 }, (_, i) => Buffer.from(`kept long ago ${i}`));
    const digests = bytes.map(digestBytes).sort();
    for (const one of bytes) {
      const path = blobPath(dir, digestBytes(one));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, one, { mode: 0o444 });
    }
    const store = await openFileArtifactStore({ dir });
    const [again] = bytes as [Buffer];
    await storedLongAgo(dir, digestBytes(again), 0);
    await store.put(again);
    const { storedAt } = (await store.stat(digestBytes(again)))!;
    const listed = await Array.fromAsync(store.list());
    expect(listed.map(({ digest }) => digest)).toEqual(digests);
    expect(listed.find(({ digest }) => digest === digestBytes(again))?.storedAt).toBe(storedAt);
    for (const one of bytes) {
      const digest = digestBytes(one);
      expect(Buffer.from(await store.read(digest))).toEqual(one);
      expect(await store.delete(digest)).toBe(true);
      expect(await store.verify(digest)).toBe('missing');
    }
    await store.close();
  });

  it('opening it again does not take away what another is just writing', async () => {
    const first = await openFileArtifactStore({ dir });
    const [half, rest] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    async function* slowly() {
      yield new Uint8Array(10);
      half.resolve();
      await rest.promise;
      yield new Uint8Array(10);
    }
    const put = first.put(slowly());
    await half.promise;
    const second = await openFileArtifactStore({ dir });
    rest.resolve();
    const { digest } = await put;
    expect(await second.verify(digest)).toBe('intact');
    await Promise.all([first.close(), second.close()]);
  });

  it('keeps blobs as files that nobody may write, and passes over strangers', async () => {
    const store = await openFileArtifactStore({ dir });
    const { digest } = await store.put(new Uint8Array(70_000));
    expect((await stat(blobPath(dir, digest))).mode & 0o777).toBe(0o444);
    await writeFile(join(dir, 'blobs', 'sha256', '.DS_Store'), 'x');
    await writeFile(join(dir, 'blobs', 'sha256', 'aa'), 'x');
    await mkdir(join(dir, 'blobs', 'sha256', 'zz', 'lost+found'), { recursive: true });
    expect((await Array.fromAsync(store.list())).map((blob) => blob.digest)).toEqual([digest]);
    await store.close();
  });

  it('says so when the folder cannot be one', async () => {
    await writeFile(join(dir, 'file'), '');
    await expect(openFileArtifactStore({ dir: join(dir, 'file') })).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'STORAGE_FAULT',
    });
  });
});
