import { join } from 'node:path';
import { DomainError, isDigest, type Digest } from '#kernel';

/** `blobs/sha256/ab/cd/<64 hex>`: at most 65,536 folders, so that none grows large. */
export function blobPath(dir: string, digest: Digest): string {
  // The one place where a digest becomes a path: nothing else may ever get here.
  if (!isDigest(digest)) throw new DomainError('invalid', 'DIGEST_INVALID', 'not a digest');
  const hex = digest.slice('sha256:'.length);
  return join(blobRoot(dir), hex.slice(0, 2), hex.slice(2, 4), hex);
}

export const blobRoot = (dir: string): string => join(dir, 'blobs', 'sha256');

/** Unfinished bytes, on the same file system as the blobs; one folder for each store that is open. */
export const incomingRoot = (dir: string): string => join(dir, 'incoming');
