import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toInstant, type Digest } from '#kernel';
import type { BlobStat } from '../artifact-store.js';
import { isMissing, toDomainError } from './errors.js';
import { blobPath, blobRoot } from './layout.js';

export async function statBlob(dir: string, digest: Digest): Promise<BlobStat | undefined> {
  try {
    const { size, mtimeMs } = await stat(blobPath(dir, digest));
    return { digest, sizeBytes: size, storedAt: toInstant(mtimeMs) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw toDomainError(error);
  }
}

/** Every blob after `after` in digest order; holds the names of one folder at a time. Strangers in the folders are passed over. */
export async function* listBlobs(dir: string, after: Digest | undefined): AsyncGenerator<BlobStat, void> {
  const from = after === undefined ? '' : after.slice('sha256:'.length);
  const root = blobRoot(dir);
  for (const first of await namesIn(root, 2, from.slice(0, 2))) {
    const least = first === from.slice(0, 2) ? from.slice(2, 4) : '';
    for (const second of await namesIn(join(root, first), 2, least)) {
      for (const hex of await namesIn(join(root, first, second), 64)) {
        const found = hex > from ? await statBlob(dir, `sha256:${hex}` as Digest) : undefined;
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
