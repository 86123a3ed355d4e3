import { randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { chmod, copyFile, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError, isDomainError, toInstant, type Digest } from '#kernel';
import { createDigester, digestBytes } from '#evidence';
import type { BlobStat, PutOptions } from '../artifact-store.js';
import { cancelled, toDomainError } from './errors.js';
import { packedBytes } from './layout.js';
import { settle, type Place } from './settle.js';
import { pieceBytes, pieces, SourceFailed, writeAll } from './source.js';

/** Bytes become a blob: in the pack when they are few, in a file otherwise. */
export async function takeIn(
  place: Place,
  source: Uint8Array | AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<BlobStat> {
  if (source instanceof Uint8Array && source.length <= packedBytes) return pack(place, source, options);
  const read = pieces(source, options.signal);
  try {
    const head = await beginning(read, options);
    return head.whole
      ? await pack(place, head.bytes, options)
      : await throughTemporary(place, options, (temporary) =>
          write(place, temporary, joined(head.bytes, read), options),
        );
  } catch (error) {
    throw error instanceof SourceFailed ? error.reason : error;
  } finally {
    await read.return();
  }
}

/** As much as would go into the pack, and a piece more when there is more. Copied: a source may use its memory again. */
async function beginning(read: AsyncGenerator<Uint8Array, void>, options: PutOptions) {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  while (sizeBytes <= packedBytes) {
    const next = await read.next();
    if (next.done) return { bytes: Buffer.concat(parts), whole: true };
    sizeBytes += next.value.length;
    checkSize(sizeBytes, options);
    parts.push(Buffer.from(next.value));
  }
  return { bytes: Buffer.concat(parts), whole: false };
}

async function* joined(head: Uint8Array, rest: AsyncGenerator<Uint8Array, void>) {
  yield head;
  yield* rest;
}

async function pack(place: Place, bytes: Uint8Array, options: PutOptions): Promise<BlobStat> {
  if (options.signal?.aborted) throw cancelled();
  checkSize(bytes.length, options);
  const digest = digestBytes(bytes);
  checkExpected(digest, options);
  try {
    const { sizeBytes, storedAtMs } = await place.pack.put(digest, bytes, options.settleLater);
    return { digest, sizeBytes, storedAt: toInstant(storedAtMs) };
  } catch (error) {
    // A pack that is damaged takes nothing in at that place; as a file the blob is whole again.
    if (!isDomainError(error) || error.kind !== 'integrity') throw error;
    return throughTemporary(place, options, (temporary) => write(place, temporary, one(bytes), options));
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}

/**
 * Writes bytes beside the blobs, hashing them on the way, and names them only when they are whole and on disk. A crash
 * at any point leaves a file in `incoming/`, which the next start removes.
 */
async function write(
  { reach }: Place,
  temporary: string,
  source: AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<Named> {
  const file = await open(temporary, 'wx', 0o444);
  const digester = createDigester();
  try {
    for await (const bytes of source) {
      digester.update(bytes);
      checkSize(digester.sizeBytes, options);
      await writeAll(file, bytes);
      reach('artifact-store:mid-write');
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { digest: digester.digest(), sizeBytes: digester.sizeBytes };
}

/** A local file becomes a blob: copied by reference where the file system can, then hashed from the copy. */
export async function takeInFile(place: Place, path: string, options: PutOptions): Promise<BlobStat> {
  const found = await stat(path).catch((error: unknown) => unreadable(path, error));
  if (!found.isFile()) return unreadable(path, undefined);
  checkSize(found.size, options);
  if (options.signal?.aborted) throw cancelled();
  if (found.size <= packedBytes) {
    const bytes = await readFile(path).catch((error: unknown) => unreadable(path, error));
    // Else it has grown meanwhile.
    if (bytes.length <= packedBytes) return pack(place, bytes, options);
  }
  return throughTemporary(place, options, async (temporary) => {
    await copyFile(path, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'EACCES') return unreadable(path, error);
        throw error;
      },
    );
    place.reach('artifact-store:mid-write');
    const now = new Date(Date.now());
    await utimes(temporary, now, now);
    await chmod(temporary, 0o444);
    const file = await open(temporary, 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    return hashFile(temporary, options);
  });
}

async function hashFile(path: string, options: PutOptions): Promise<Named> {
  const digester = createDigester();
  for await (const bytes of createReadStream(path, { highWaterMark: pieceBytes })) {
    if (options.signal?.aborted) throw cancelled();
    digester.update(bytes as Buffer);
    checkSize(digester.sizeBytes, options);
  }
  return { digest: digester.digest(), sizeBytes: digester.sizeBytes };
}

interface Named {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

async function throughTemporary(
  place: Place,
  options: PutOptions,
  fill: (temporary: string) => Promise<Named>,
): Promise<BlobStat> {
  const temporary = join(place.incoming, randomUUID());
  try {
    const named = await fill(temporary);
    checkExpected(named.digest, options);
    return await settle(place, temporary, named);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error instanceof SourceFailed ? error : toDomainError(error);
  }
}

function checkExpected(actual: Digest, { expected }: PutOptions): void {
  if (expected === undefined || expected === actual) return;
  const message = `the bytes are ${actual}, not ${expected}`;
  throw new DomainError('integrity', 'BLOB_DIGEST_MISMATCH', message, { facts: { expected, actual } });
}

function checkSize(sizeBytes: number, { maxBytes }: PutOptions): void {
  if (maxBytes === undefined || sizeBytes <= maxBytes) return;
  throw new DomainError('exhausted', 'BLOB_TOO_LARGE', `more than the ${maxBytes} bytes allowed here`, {
    facts: { maxBytes },
  });
}

function unreadable(path: string, cause: unknown): never {
  throw new DomainError('invalid', 'FILE_UNREADABLE', `${path} is not a file that can be read`, { cause });
}
