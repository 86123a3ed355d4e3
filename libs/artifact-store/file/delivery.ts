import { open } from 'node:fs/promises';
import type { Digest } from '#kernel';
import type { BlobRange, GetOptions } from '../artifact-store.js';
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
  options?: GetOptions,
): AsyncGenerator<Uint8Array, void> {
  if (range) checkRange(range);
  if ('path' in located) {
    const bytes = rawBytes(located.path, digest, { ...range, ...options });
    return yield* range === undefined ? verified(bytes, digest) : bytes;
  }
  const { offset = 0, length = Infinity } = range ?? {};
  if (range === undefined && !located.intact) throw corrupt(digest);
  const part = located.bytes.subarray(offset, offset + length);
  if (part.length > 0) yield part;
}

/** What is on disk, verified or not; the next piece is read while the last one is looked at. @throws BLOB_NOT_FOUND */
export async function* rawBytes(
  path: string,
  digest: Digest,
  { offset = 0, length = Infinity, lent = false }: Partial<BlobRange> & GetOptions = {},
): AsyncGenerator<Uint8Array, void> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw isMissing(error) ? notFound(digest) : toDomainError(error);
  });
  try {
    const end = Math.min((await file.stat()).size, offset + length);
    const room = lent ? lentRooms() : (sizeBytes: number) => Buffer.allocUnsafe(sizeBytes);
    const readAt = async (position: number): Promise<Uint8Array> => {
      const buffer = room(Math.min(pieceBytes, end - position));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      return buffer.subarray(0, bytesRead);
    };
    let ahead = offset < end ? readAt(offset) : undefined;
    for (let position = offset; ahead !== undefined;) {
      const piece = await ahead;
      if (piece.length === 0) return;
      position += piece.length;
      ahead = position < end ? readAt(position) : undefined;
      // Told when it is asked for, if ever.
      ahead?.catch(() => undefined);
      yield piece;
    }
  } catch (error) {
    throw toDomainError(error);
  } finally {
    await file.close();
  }
}

/** Two with the caller, one held back by {@link verified}, one that is read into. */
const roomCount = 4;

/** Rooms that are used in turn; no later one is larger. */
function lentRooms(): (sizeBytes: number) => Buffer {
  const rooms: Buffer[] = [];
  let turn = 0;
  return (sizeBytes) => {
    const room = (rooms[turn] ??= Buffer.allocUnsafeSlow(sizeBytes));
    turn = (turn + 1) % roomCount;
    return room.subarray(0, sizeBytes);
  };
}
