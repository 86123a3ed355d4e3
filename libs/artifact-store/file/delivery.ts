import { open } from 'node:fs/promises';
import type { Digest } from '#kernel';
import type { BlobRange } from '../artifact-store.js';
import { corrupt, isMissing, notFound, toDomainError } from '../errors.js';
import { pieceBytes } from '../source.js';
import { checkRange, verified } from '../verified.js';

/** Where the bytes of a blob are: here already, and hashed, or in a file, if there is one. */
export type Located = { readonly bytes: Uint8Array; readonly intact: boolean } | { readonly path: string };

/**
 * Streams a blob. A whole one is verified on the way.
 */
export async function* deliver(
  located: Located,
  digest: Digest,
  range?: BlobRange,
): AsyncGenerator<Uint8Array, void> {
  if (range) checkRange(range);
  const { offset = 0, length = Infinity } = range ?? {};
  if ('path' in located) {
    const bytes = rawBytes(located.path, digest, offset, length);
    return yield* range === undefined ? verified(bytes, digest) : bytes;
  }
  if (range === undefined && !located.intact) throw corrupt(digest);
  const part = located.bytes.subarray(offset, offset + length);
  if (part.length > 0) yield part;
}

/** What is on disk, verified or not. @throws BLOB_NOT_FOUND */
export async function* rawBytes(
  path: string,
  digest: Digest,
  offset = 0,
  length = Infinity,
): AsyncGenerator<Uint8Array, void> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw isMissing(error) ? notFound(digest) : toDomainError(error);
  });
  try {
    const { size } = await file.stat();
    const end = Math.min(size, offset + length);
    for (let position = offset; position < end;) {
      const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, end - position));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw toDomainError(error);
  } finally {
    await file.close();
  }
}
