import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Digest } from '#kernel';
import { artifactStoreContract, damageOnDisk } from '../testing/index.js';
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

/** A process of its own that puts one blob of 3 MB; killed at a point when one is given. */
async function putInChild(dir: string, fault: string | undefined) {
  const script = `
    import { openFileArtifactStore } from ${JSON.stringify(new URL('./index.js', import.meta.url).href)};
    const store = await openFileArtifactStore({ dir: process.argv[1], fault: process.argv[2] || undefined });
    const { digest } = await store.put(new Uint8Array(3_000_000).fill(7));
    process.stdout.write(digest);
    await store.close();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, dir, fault ?? ''], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
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
    'killed at %s leaves a whole blob or none, and the next start tidies up',
    async (point) => {
      const expected = (await putInChild(join(dir, 'other'), undefined)).out as Digest;
      const { signal, out } = await putInChild(dir, `artifact-store:${point}`);
      expect([signal, out]).toEqual(['SIGKILL', '']);
      expect((await filesIn(join(dir, 'incoming'))).length).toBe(point === 'after-rename' ? 0 : 1);
      const store = await openFileArtifactStore({ dir });
      expect(await filesIn(join(dir, 'incoming'))).toEqual([]);
      expect(await store.verify(expected)).toBe(point === 'after-rename' ? 'intact' : 'missing');
      expect(await Array.fromAsync(store.list())).toHaveLength(point === 'after-rename' ? 1 : 0);
      await store.close();
      expect((await putInChild(dir, undefined)).out).toBe(expected);
    },
  );

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
