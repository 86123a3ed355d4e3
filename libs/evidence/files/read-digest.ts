import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Digest } from '#kernel';
import { identityOf } from './found-file.js';

/** What is hashed: a file in the state that somebody saw. */
export interface ToHash {
  readonly at: string;
  readonly sizeBytes: number;
  readonly identity: string;
}

export type Hashed =
  { readonly digest: Digest } | { readonly failed: 'changed' | 'unreadable'; readonly why: string };

/** Larger would not stay in a core's own cache between reading and hashing. */
const pieceBytes = 256 * 1024;
export const newPiece = (): Buffer => Buffer.allocUnsafeSlow(pieceBytes);

/**
 * SHA-256 of a file, blocking, in memory of the one buffer; says after each piece how many bytes that was. The bytes count only if
 * the file is in the state that was seen when all of it has been read: what was written in between would belong to neither.
 */
export function* readDigest({ at, sizeBytes, identity }: ToHash, buffer: Buffer): Generator<number, Hashed> {
  let file: number;
  try {
    file = openSync(at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const changed = code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR';
    return { failed: changed ? 'changed' : 'unreadable', why: code };
  }
  try {
    const hex =
      sizeBytes <= buffer.length ? inOne(file, sizeBytes, buffer) : yield* inPieces(file, sizeBytes, buffer);
    if (hex === undefined || identityOf(fstatSync(file, { bigint: true })) !== identity)
      return { failed: 'changed', why: 'while it was read' };
    return { digest: `sha256:${hex}` as Digest };
  } catch (error) {
    return { failed: 'unreadable', why: (error as NodeJS.ErrnoException).code ?? String(error) };
  } finally {
    closeSync(file);
  }
}

/** undefined when there are fewer bytes than there were. */
function inOne(file: number, sizeBytes: number, buffer: Buffer): string | undefined {
  for (let at = 0; at < sizeBytes;) {
    const read = readSync(file, buffer, at, sizeBytes - at, null);
    if (read === 0) return undefined;
    at += read;
  }
  return hash('sha256', buffer.subarray(0, sizeBytes));
}

function* inPieces(file: number, sizeBytes: number, buffer: Buffer): Generator<number, string | undefined> {
  const sha256 = createHash('sha256');
  for (let left = sizeBytes; left > 0;) {
    const read = readSync(file, buffer, 0, Math.min(buffer.length, left), null);
    if (read === 0) return undefined;
    sha256.update(read === buffer.length ? buffer : buffer.subarray(0, read));
    left -= read;
    yield read;
  }
  return sha256.digest('hex');
}
