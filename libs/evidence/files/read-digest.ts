import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Digest } from '#kernel';
import { createDigester } from '#evidence';
import { identityOf } from './found-file.js';

/** What is hashed: a file in the state that somebody saw. */
export interface ToHash {
  readonly at: string;
  readonly sizeBytes: number;
  readonly identity: string;
}

export type Hashed =
  { readonly digest: Digest } | { readonly failed: 'changed' | 'unreadable'; readonly why: string };

const pieceBytes = 1024 * 1024;
const reportEveryBytes = 16 * 1024 * 1024;

/**
 * SHA-256 of a file, blocking, in memory of one piece. The bytes count only if the file is in the state that was seen, before and
 * after: what was written in between would belong to neither.
 */
export function readDigest(
  { at, sizeBytes, identity }: ToHash,
  options: { readonly buffer?: Buffer; readonly onBytes?: (bytes: number) => void } = {},
): Hashed {
  const { buffer = Buffer.allocUnsafe(Math.min(pieceBytes, Math.max(1, sizeBytes))), onBytes } = options;
  let file: number;
  try {
    file = openSync(at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const changed = code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR';
    return { failed: changed ? 'changed' : 'unreadable', why: code };
  }
  try {
    const isSame = () => identityOf(fstatSync(file, { bigint: true })) === identity;
    if (!isSame()) return { failed: 'changed', why: 'before it was read' };
    const digester = createDigester();
    let unreported = 0;
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
      digester.update(buffer.subarray(0, read));
      unreported += read;
      if (unreported >= reportEveryBytes) {
        onBytes?.(unreported);
        unreported = 0;
      }
    }
    if (digester.sizeBytes !== sizeBytes || !isSame()) return { failed: 'changed', why: 'while it was read' };
    onBytes?.(unreported);
    return { digest: digester.digest() };
  } catch (error) {
    return { failed: 'unreadable', why: (error as NodeJS.ErrnoException).code ?? String(error) };
  } finally {
    closeSync(file);
  }
}

export const newPiece = (): Buffer => Buffer.allocUnsafeSlow(pieceBytes);
