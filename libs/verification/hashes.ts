import { hash } from 'node:crypto';
import { hashBytes, merkleNodeHash } from '#evidence';

/** In lower-case hexadecimal. */
export const sha256Hex = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');

/** Of a leaf that has one byte of room before it, which is zero. */
export const hashOfPrefixed = (prefixed: Uint8Array): Uint8Array => hash('sha256', prefixed, 'buffer');

/** The hash of a whole subtree of hashes, a power of two of them in a row. */
export function subtreeHash(hashes: Uint8Array): Uint8Array {
  let level = Array.from({ length: hashes.length / hashBytes }, (_, i) => hashAt(hashes, i));
  while (level.length > 1)
    level = Array.from({ length: level.length / 2 }, (_, i) =>
      merkleNodeHash(level[2 * i] as Uint8Array, level[2 * i + 1] as Uint8Array),
    );
  return level[0] as Uint8Array;
}

export const hashAt = (hashes: Uint8Array, i: number): Uint8Array =>
  hashes.subarray(i * hashBytes, (i + 1) * hashBytes);

export const sameBytes = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
