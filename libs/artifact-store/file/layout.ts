import { join } from 'node:path';
import { DomainError, isDigest, type Digest } from '#kernel';

/** Blobs up to this size lie in the pack, larger ones are files. */
export const packedBytes = 64 * 1024;

export const packPath = (dir: string): string => join(dir, 'pack.sqlite');

/** `blobs/sha256/ab/cd/<64 hex>`: at most 65,536 folders, so that none grows large. */
export function blobPath(dir: string, digest: Digest): string {
  const hex = hexOf(digest);
  return `${blobRoot(dir)}/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}`;
}

/** The one place where a digest becomes a name: nothing else may ever get here. @throws DIGEST_INVALID */
export function hexOf(digest: Digest): string {
  if (!isDigest(digest)) throw new DomainError('invalid', 'DIGEST_INVALID', 'not a digest');
  return digest.slice('sha256:'.length);
}

export const blobRoot = (dir: string): string => join(dir, 'blobs', 'sha256');

/** Unfinished bytes, on the same file system as the blobs; one folder for each store that is open. */
export const incomingRoot = (dir: string): string => join(dir, 'incoming');
