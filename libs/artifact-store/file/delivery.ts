import { open } from 'node:fs/promises';
import { DomainError, type Digest } from '#kernel';
import { createDigester } from '#evidence';
import type { BlobRange } from '../artifact-store.js';
import { isMissing, toDomainError } from './errors.js';

const chunkBytes = 256 * 1024;

export const notFound = (digest: Digest): DomainError =>
  new DomainError('not-found', 'BLOB_NOT_FOUND', `${digest} is not in the artifact store`, {
    facts: { digest },
  });

/**
 * Streams a blob. A whole one is hashed on the way and its last piece is held back until the hash is right, so that
 * corrupt bytes never arrive complete.
 */
export async function* deliver(
  path: string,
  digest: Digest,
  range?: BlobRange,
): AsyncGenerator<Uint8Array, void> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw isMissing(error) ? notFound(digest) : toDomainError(error);
  });
  try {
    let position = range?.offset ?? 0;
    let left = range?.length ?? Infinity;
    const digester = range === undefined ? createDigester() : undefined;
    let held: Uint8Array | undefined;
    while (left > 0) {
      const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, left));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      left -= bytesRead;
      const bytes = buffer.subarray(0, bytesRead);
      digester?.update(bytes);
      if (held) yield held;
      held = bytes;
    }
    if (digester && digester.digest() !== digest) {
      throw new DomainError('integrity', 'BLOB_CORRUPT', `${digest} has other bytes on disk`, {
        facts: { digest },
      });
    }
    if (held) yield held;
  } finally {
    await file.close();
  }
}
