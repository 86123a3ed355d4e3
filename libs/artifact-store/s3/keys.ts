import { isDigest, type Digest } from '#kernel';
import { hexOf } from '../hex-of.js';

/** Below this lie the blobs: `<prefix>blobs/sha256/ab/<64 hex>`, so that the order of keys is the order of digests. */
export const blobsBelow = (prefix: string): string => `${prefix}blobs/sha256/`;

/** @throws DIGEST_INVALID */
export function keyOf(prefix: string, digest: Digest): string {
  const hex = hexOf(digest);
  return `${blobsBelow(prefix)}${hex.slice(0, 2)}/${hex}`;
}

/** Undefined for what a stranger put there. */
export function digestOf(prefix: string, key: string): Digest | undefined {
  const digest = `sha256:${key.slice(-64)}`;
  return isDigest(digest) && keyOf(prefix, digest) === key ? digest : undefined;
}
