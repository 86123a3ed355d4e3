import { randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { chmod, copyFile, open, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError, type Digest } from '#kernel';
import { createDigester } from '#evidence';
import type { BlobStat, PutOptions } from '../artifact-store.js';
import { cancelled, toDomainError } from './errors.js';
import { settle, type Place } from './settle.js';
import { pieceBytes, pieces, SourceFailed, writeAll } from './source.js';

/**
 * Writes bytes beside the blobs, hashing them on the way, and names them only when they are whole and on disk. A crash
 * at any point leaves a file in `incoming/`, which the next start removes.
 */
export const takeIn = (
  place: Place,
  source: Uint8Array | AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<BlobStat> =>
  throughTemporary(place, options, async (temporary) => {
    const file = await open(temporary, 'wx', 0o444);
    const digester = createDigester();
    try {
      for await (const bytes of pieces(source, options.signal)) {
        digester.update(bytes);
        checkSize(digester.sizeBytes, options);
        await writeAll(file, bytes);
        place.reach('artifact-store:mid-write');
      }
      await file.sync();
    } finally {
      await file.close();
    }
    return { digest: digester.digest(), sizeBytes: digester.sizeBytes };
  });

/** A local file becomes a blob: copied by reference where the file system can, then hashed from the copy. */
export async function takeInFile(place: Place, path: string, options: PutOptions): Promise<BlobStat> {
  const found = await stat(path).catch((error: unknown) => unreadable(path, error));
  if (!found.isFile()) return unreadable(path, undefined);
  checkSize(found.size, options);
  if (options.signal?.aborted) throw cancelled();
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

async function hashFile(path: string, options: PutOptions) {
  const digester = createDigester();
  for await (const bytes of createReadStream(path, { highWaterMark: pieceBytes })) {
    if (options.signal?.aborted) throw cancelled();
    digester.update(bytes as Buffer);
    checkSize(digester.sizeBytes, options);
  }
  return { digest: digester.digest(), sizeBytes: digester.sizeBytes };
}

async function throughTemporary(
  place: Place,
  options: PutOptions,
  fill: (temporary: string) => Promise<{ readonly digest: Digest; readonly sizeBytes: number }>,
): Promise<BlobStat> {
  const temporary = join(place.incoming, randomUUID());
  try {
    return await settle(place, temporary, await fill(temporary), options);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error instanceof SourceFailed ? error.reason : toDomainError(error);
  }
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
