import { join } from 'node:path';
import { DomainError, isDigest, type Digest } from '#kernel';

/** `blobs/sha256/ab/cd/<64 hex>`: at most 65,536 folders, so that none grows large. Unfinished bytes are in `incoming/`. */
export function blobPath(dir: string, digest: Digest): string {
  if (!isDigest(digest)) throw new DomainError('invalid', 'DIGEST_INVALID', 'not a digest');
  const hex = digest.slice('sha256:'.length);
  return join(dir, 'blobs', 'sha256', hex.slice(0, 2), hex.slice(2, 4), hex);
}

export const incoming = (dir: string): string => join(dir, 'incoming');

export const blobRoot = (dir: string): string => join(dir, 'blobs', 'sha256');
