import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, link, mkdir, open, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DomainError, toInstant, type Digest, type FaultPoint } from '#kernel';
import { createDigester } from '#evidence';
import type { BlobStat, PutOptions } from '../artifact-store.js';
import { toDomainError } from './errors.js';
import { blobPath, incoming } from './layout.js';

/** Folders that this process has made durable already. */
type Folders = Set<string>;

/**
 * Writes bytes beside the blobs, hashes them on the way, and moves them to their name only when they are whole and on
 * disk. A crash at any point leaves a file in `incoming/`, which the next start removes.
 */
export async function takeIn(
  dir: string,
  folders: Folders,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: PutOptions,
  reach: FaultPoint,
): Promise<BlobStat> {
  const temporary = join(incoming(dir), randomUUID());
  try {
    const file = await open(temporary, 'wx', 0o444);
    const digester = createDigester();
    try {
      for await (const bytes of source) {
        options.signal?.throwIfAborted();
        digester.update(bytes);
        checkSize(digester.sizeBytes, options);
        await writeAll(file, bytes);
        reach('artifact-store:mid-write');
      }
      await file.sync();
    } finally {
      await file.close();
    }
    return await settle(dir, folders, temporary, digester.digest(), digester.sizeBytes, options, reach);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw toDomainError(error);
  }
}

/** A local file becomes a blob: copied by reference where the file system can, then hashed from the copy. */
export async function takeInFile(
  dir: string,
  folders: Folders,
  path: string,
  options: PutOptions,
  reach: FaultPoint,
  hashFile: (path: string) => Promise<{ readonly digest: Digest; readonly sizeBytes: number }>,
): Promise<BlobStat> {
  const temporary = join(incoming(dir), randomUUID());
  try {
    await copyFile(path, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await chmod(temporary, 0o444);
    const file = await open(temporary, 'r');
    try {
      checkSize((await file.stat()).size, options);
      await file.sync();
    } finally {
      await file.close();
    }
    const { digest, sizeBytes } = await hashFile(temporary);
    return await settle(dir, folders, temporary, digest, sizeBytes, options, reach);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw toDomainError(error);
  }
}

async function settle(
  dir: string,
  folders: Folders,
  temporary: string,
  digest: Digest,
  sizeBytes: number,
  options: PutOptions,
  reach: FaultPoint,
): Promise<BlobStat> {
  if (options.expected !== undefined && options.expected !== digest) {
    const facts = { expected: options.expected, actual: digest };
    throw new DomainError(
      'integrity',
      'BLOB_DIGEST_MISMATCH',
      `the bytes are ${digest}, not ${options.expected}`,
      { facts },
    );
  }
  const target = blobPath(dir, digest);
  const folder = dirname(target);
  if (!folders.has(folder)) await mkdir(folder, { recursive: true });
  reach('artifact-store:before-rename');
  // A link, not a rename: it fails when the blob is there, so that a second copy can never replace the first.
  await link(temporary, target).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(temporary, { force: true });
  await syncFolder(folder);
  if (!folders.has(folder)) {
    await syncFolder(dirname(folder));
    await syncFolder(dirname(dirname(folder)));
    folders.add(folder);
  }
  reach('artifact-store:after-rename');
  const { mtimeMs } = await stat(target);
  return { digest, sizeBytes, storedAt: toInstant(mtimeMs) };
}

function checkSize(sizeBytes: number, { maxBytes }: PutOptions): void {
  if (maxBytes === undefined || sizeBytes <= maxBytes) return;
  throw new DomainError('exhausted', 'BLOB_TOO_LARGE', `more than the ${maxBytes} bytes allowed here`, {
    facts: { maxBytes },
  });
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    offset += (await file.write(bytes, offset, bytes.length - offset)).bytesWritten;
  }
}

/** Makes a name in a folder durable. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
