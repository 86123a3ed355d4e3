import { randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { chmod, copyFile, open, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '#kernel';
import { createDigester } from '#evidence';
import type { PutOptions, StoredBlob } from '../artifact-store.js';
import { cancelled, toDomainError, unreadable } from '../errors.js';
import { checkExpected, checkSize } from '../put-checks.js';
import { settle, type Place } from './settle.js';
import { pieceBytes, SourceFailed } from '../source.js';
import { writeAll } from '../write-out.js';

/**
 * Writes bytes beside the blobs, hashing them on the way, and names them only when they are whole and on disk. A crash
 * at any point leaves a file in `incoming/`, which the next start removes.
 */
export const takeInStream = (
  place: Place,
  source: AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<StoredBlob> =>
  throughTemporary(place, options, (temporary) => write(place, temporary, source, options));

/** A local file is copied by reference where the file system can, then hashed from the copy. */
export const takeInCopy = (place: Place, path: string, options: PutOptions): Promise<StoredBlob> =>
  throughTemporary(place, options, async (temporary) => {
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
): Promise<StoredBlob> {
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
