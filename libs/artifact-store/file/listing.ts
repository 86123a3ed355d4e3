import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toInstant, type Digest } from '#kernel';
import type { BlobStat } from '../artifact-store.js';
import { isMissing, toDomainError } from '../errors.js';
import { hexOf } from '../hex-of.js';
import { blobPath, blobRoot } from './layout.js';
import { unlessDamaged } from './locate.js';
import type { Packed } from './pack-table.js';
import type { Pack } from './pack.js';
import type { Place } from './settle.js';

const pageBlobs = 500;

export async function statBlob({ dir, pack }: Place, digest: Digest): Promise<BlobStat | undefined> {
  const found = unlessDamaged(() => pack.find(digest));
  if (found === undefined) return statFile(dir, digest);
  await pack.settle(found.place);
  return toStat(digest, found);
}

const toStat = (digest: Digest, { sizeBytes, storedAtMs }: Packed): BlobStat => ({
  digest,
  sizeBytes,
  storedAt: toInstant(storedAtMs),
});

export async function statFile(dir: string, digest: Digest): Promise<BlobStat | undefined> {
  try {
    const { size, mtimeMs } = await stat(blobPath(dir, digest));
    return { digest, sizeBytes: size, storedAt: toInstant(mtimeMs) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw toDomainError(error);
  }
}

/**
 * Every blob after `after` in digest order. One that is in the pack and a file too is told once, with its later time.
 * @throws STORE_CORRUPT when the pack cannot be read on
 */
export async function* listBlobs(
  { dir, pack }: Place,
  after: Digest | undefined,
): AsyncGenerator<BlobStat, void> {
  const files = listFiles(dir, after);
  let file = await files.next();
  for (const packed of listPacked(pack, after)) {
    for (; !file.done && file.value.digest < packed.digest; file = await files.next()) yield file.value;
    if (file.done || file.value.digest !== packed.digest) yield packed;
    else {
      yield file.value.storedAt > packed.storedAt ? file.value : packed;
      file = await files.next();
    }
  }
  for (; !file.done; file = await files.next()) yield file.value;
}

function* listPacked(pack: Pack, after: Digest | undefined): Generator<BlobStat, void> {
  for (let from = after; ;) {
    const page = pack.page(from, pageBlobs);
    for (const { digest, ...packed } of page) yield toStat(digest, packed);
    if (page.length < pageBlobs) return;
    from = page.at(-1)?.digest;
  }
}

/** Holds the names of one folder at a time. Strangers in the folders are passed over. */
async function* listFiles(dir: string, after: Digest | undefined): AsyncGenerator<BlobStat, void> {
  const from = after === undefined ? '' : hexOf(after);
  const root = blobRoot(dir);
  for (const first of await namesIn(root, 2, from.slice(0, 2))) {
    const least = first === from.slice(0, 2) ? from.slice(2, 4) : '';
    for (const second of await namesIn(join(root, first), 2, least)) {
      for (const hex of await namesIn(join(root, first, second), 64)) {
        const found = hex > from ? await statFile(dir, `sha256:${hex}` as Digest) : undefined;
        if (found) yield found;
      }
    }
  }
}

/** Hexadecimal names of this length, from `least` on, in byte order. */
async function namesIn(path: string, length: number, least = ''): Promise<string[]> {
  const names = await readdir(path).catch((error: unknown) => {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return [];
    throw toDomainError(error);
  });
  return names.filter((name) => name.length === length && /^[0-9a-f]+$/.test(name) && name >= least).sort();
}
