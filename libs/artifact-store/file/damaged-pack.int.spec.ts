import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ArtifactStore } from '#artifact-store';
import { digestBytes } from '#evidence';
import { openFileArtifactStore } from './index.js';

const pageBytes = 4096;
let dir: string;
let file: string;
const blobs = Array.from({ length: 60 }, (_, i) => randomBytes(100 + i * 80));

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-damaged-'));
  file = join(dir, 'pack.sqlite');
  const store = await openFileArtifactStore({ dir });
  await Promise.all(blobs.map((bytes) => store.put(bytes)));
  await store.close();
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function overwrite(at: number, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}

/** Every blob is served whole or not at all; how many are not. */
async function lostIn(store: ArtifactStore): Promise<number> {
  let lost = 0;
  for (const bytes of blobs) {
    const digest = digestBytes(bytes);
    const read = await store.read(digest).catch((error: { code: string }) => error.code);
    if (typeof read !== 'string') {
      expect(Buffer.compare(read, bytes)).toBe(0);
      continue;
    }
    expect(['BLOB_CORRUPT', 'BLOB_NOT_FOUND']).toContain(read);
    expect(await store.verify(digest)).toBe(read === 'BLOB_CORRUPT' ? 'corrupt' : 'missing');
    lost++;
  }
  return lost;
}

/** Put again, everything is whole, here and for whoever opens the folder next. */
async function heal(store: ArtifactStore): Promise<void> {
  await Promise.all(blobs.map((bytes) => store.put(bytes)));
  expect(await lostIn(store)).toBe(0);
  await store.close();
  const next = await openFileArtifactStore({ dir });
  expect(await lostIn(next)).toBe(0);
  await next.close();
}

describe('a pack that was damaged behind our back', () => {
  it('with one byte of a blob changed, has lost that blob, and says which', async () => {
    const [, , victim] = blobs as [Buffer, Buffer, Buffer];
    const whole = await readFile(file);
    // The database may hold a copy that it does not need any more.
    for (let at = whole.indexOf(victim); at !== -1; at = whole.indexOf(victim, at + 1))
      await overwrite(at + 50, Buffer.from([(victim[50] as number) ^ 1]));
    const store = await openFileArtifactStore({ dir });
    expect(await lostIn(store)).toBe(1);
    expect(await store.verify(digestBytes(victim))).toBe('corrupt');
    expect(await Array.fromAsync(store.list())).toHaveLength(blobs.length);
    await heal(store);
  });

  it.each(['zeros', 'noise'])('with any page full of %s, serves what is whole and heals', async (what) => {
    const whole = await readFile(file);
    const pages = whole.length / pageBytes;
    expect(pages).toBeGreaterThan(30);
    // The first page says that it is a pack: without it there is none.
    for (let page = 1; page < pages; page += Math.ceil(pages / 4)) {
      await overwrite(0, whole);
      await truncate(file, whole.length);
      await overwrite(page * pageBytes, what === 'zeros' ? Buffer.alloc(pageBytes) : randomBytes(pageBytes));
      await rm(join(dir, 'blobs'), { recursive: true });
      const store = await openFileArtifactStore({ dir });
      await lostIn(store);
      await heal(store);
    }
  });

  it.each([0.5, 0])('cut off at %f of its length is not served and heals', async (share) => {
    const { size } = await stat(file);
    await truncate(file, Math.floor((size * share) / pageBytes) * pageBytes + 100);
    const store = await openFileArtifactStore({ dir });
    expect(await lostIn(store)).toBe(blobs.length);
    await expect(Array.fromAsync(store.list())).rejects.toMatchObject({
      kind: 'integrity',
      code: 'STORE_CORRUPT',
      message: expect.stringContaining(file),
    });
    await heal(store);
  });

  it('without its first page is not served and heals', async () => {
    await overwrite(0, randomBytes(pageBytes));
    const store = await openFileArtifactStore({ dir });
    expect(await lostIn(store)).toBe(blobs.length);
    await heal(store);
  });
});
