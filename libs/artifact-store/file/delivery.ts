import { open, rm } from 'node:fs/promises';
import { DomainError, type Digest } from '#kernel';
import { createDigester } from '#evidence';
import type { BlobRange } from '../artifact-store.js';
import { corrupt, isMissing, notFound, toDomainError } from './errors.js';
import { pieceBytes, writeAll } from './source.js';

/** Where the bytes of a blob are: here already, and hashed, or in a file, if there is one. */
export type Located = { readonly bytes: Uint8Array; readonly intact: boolean } | { readonly path: string };

/**
 * Streams a blob. A whole one is hashed on the way and its last piece is held back until the hash is right, so that
 * corrupt bytes never arrive complete.
 */
export async function* deliver(
  located: Located,
  digest: Digest,
  range?: BlobRange,
): AsyncGenerator<Uint8Array, void> {
  const { offset = 0, length = Infinity } = range ?? {};
  checkRange(offset, length);
  if ('path' in located) return yield* fromFile(located.path, digest, offset, length, range === undefined);
  if (range === undefined && !located.intact) throw corrupt(digest);
  const part = located.bytes.subarray(offset, offset + length);
  if (part.length > 0) yield part;
}

async function* fromFile(
  path: string,
  digest: Digest,
  offset: number,
  length: number,
  whole: boolean,
): AsyncGenerator<Uint8Array, void> {
  const digester = whole ? createDigester() : undefined;
  let held: Uint8Array | undefined;
  for await (const bytes of rawBytes(path, digest, offset, length)) {
    digester?.update(bytes);
    if (held) yield held;
    held = bytes;
  }
  if (digester && digester.digest() !== digest) throw corrupt(digest);
  if (held) yield held;
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

/** @throws PATH_TAKEN and what {@link deliver} throws; leaves nothing at the path then */
export async function writeOut(
  located: Located,
  digest: Digest,
  path: string,
  executable: boolean,
): Promise<void> {
  const file = await open(path, 'wx').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw toDomainError(error);
    throw new DomainError('already-exists', 'PATH_TAKEN', `${path} is there already`, { cause: error });
  });
  try {
    for await (const bytes of deliver(located, digest)) await writeAll(file, bytes);
    await file.chmod(executable ? 0o755 : 0o644);
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined);
    throw toDomainError(error);
  } finally {
    await file.close();
  }
}

function checkRange(offset: number, length: number): void {
  const whole = (value: number) => Number.isSafeInteger(value) && value >= 0;
  if (whole(offset) && (whole(length) || length === Infinity)) return;
  throw new DomainError('invalid', 'RANGE_INVALID', 'offset and length are whole numbers from 0 on');
}
