import { stat } from 'node:fs/promises';
import { isDomainError, type Digest } from '#kernel';
import { digestBytes, digestStream } from '#evidence';
import { rawBytes, type Located } from './delivery.js';
import { corrupt } from '../errors.js';
import { blobPath } from './layout.js';
import type { Place } from './settle.js';

/**
 * Bytes of the pack, else a file, which may not be there. What is damaged in the pack may have come again as a file.
 * @throws BLOB_CORRUPT when the pack cannot tell and there is no file
 */
export async function locate({ dir, pack }: Place, digest: Digest): Promise<Located> {
  let isDamaged = false;
  const bytes = unlessDamaged(
    () => pack.read(digest),
    () => (isDamaged = true),
  );
  if (bytes !== undefined && digestBytes(bytes) === digest) return { bytes, intact: true };
  const path = blobPath(dir, digest);
  if (bytes === undefined && !isDamaged) return { path };
  if (await isThere(path)) return { path };
  if (bytes === undefined) throw corrupt(digest);
  return { bytes, intact: false };
}

/** Re-hashes what is there. */
export async function verifyBlob(place: Place, digest: Digest): Promise<'intact' | 'corrupt' | 'missing'> {
  try {
    const located = await locate(place, digest);
    if ('bytes' in located) return located.intact ? 'intact' : 'corrupt';
    const bytes = rawBytes(located.path, digest, { lent: true });
    return (await digestStream(bytes)).digest === digest ? 'intact' : 'corrupt';
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'DIGEST_INVALID') throw error;
    // Bytes that the disk cannot give back are as bad as wrong ones.
    return code === 'BLOB_NOT_FOUND' ? 'missing' : 'corrupt';
  }
}

/** What the pack says; undefined where it is damaged, for nothing is known of a blob then. */
export function unlessDamaged<T>(
  look: () => T | undefined,
  damaged: () => void = () => undefined,
): T | undefined {
  try {
    return look();
  } catch (error) {
    if (!isDomainError(error) || error.kind !== 'integrity') throw error;
    damaged();
    return undefined;
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
