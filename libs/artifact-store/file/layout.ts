import { join } from 'node:path';
import type { Digest } from '#kernel';
import { hexOf } from '../hex-of.js';

/** Blobs up to this size lie in the pack, larger ones are files. */
export const packedBytes = 64 * 1024;

export const packPath = (dir: string): string => join(dir, 'pack.sqlite');

/** `blobs/sha256/ab/cd/<64 hex>`: at most 65,536 folders, so that none grows large. */
export function blobPath(dir: string, digest: Digest): string {
  const hex = hexOf(digest);
  return `${blobRoot(dir)}/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}`;
}

export const blobRoot = (dir: string): string => join(dir, 'blobs', 'sha256');

/** Unfinished bytes, on the same file system as the blobs; one folder for each store that is open. */
export const incomingRoot = (dir: string): string => join(dir, 'incoming');
