import { hash } from 'node:crypto';
import { hashBytes, merkleRootOfRow } from '#evidence';

/** In lower-case hexadecimal. */
export const sha256Hex = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');

/** Of a leaf that has one byte of room before it, which is zero; as `latin1`. */
export const hashOfPrefixed = (prefixed: Uint8Array): string => hash('sha256', prefixed, 'latin1');

/** The hash of a whole subtree of hashes, a power of two of them in a row. */
export const subtreeHash = (hashes: Uint8Array): Uint8Array => merkleRootOfRow(hashes);

export const hashAt = (hashes: Uint8Array, i: number): Uint8Array =>
  hashes.subarray(i * hashBytes, (i + 1) * hashBytes);

export const sameBytes = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
