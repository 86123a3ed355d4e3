import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DomainError, toInstant, type Digest, type FaultPoint } from '#kernel';
import type { BlobStat, PutOptions } from '../artifact-store.js';
import { blobPath } from './layout.js';

/** Where an open store keeps what. */
export interface Place {
  readonly dir: string;
  /** Its own folder for unfinished bytes. */
  readonly incoming: string;
  /** Blob folders that this process has made durable already. */
  readonly durable: Set<string>;
  readonly reach: FaultPoint;
}

/**
 * Gives whole, synced bytes their name. A rename, so that a reader sees all or nothing; over a blob that is there
 * already it changes nothing but the time, unless that one had been damaged.
 * @throws BLOB_DIGEST_MISMATCH
 */
export async function settle(
  { dir, durable, reach }: Place,
  temporary: string,
  { digest, sizeBytes }: { readonly digest: Digest; readonly sizeBytes: number },
  { expected }: PutOptions,
): Promise<BlobStat> {
  if (expected !== undefined && expected !== digest) {
    const message = `the bytes are ${digest}, not ${expected}`;
    throw new DomainError('integrity', 'BLOB_DIGEST_MISMATCH', message, {
      facts: { expected, actual: digest },
    });
  }
  const target = blobPath(dir, digest);
  const folder = dirname(target);
  if (!durable.has(folder)) await mkdir(folder, { recursive: true });
  const { mtimeMs } = await stat(temporary);
  reach('artifact-store:before-rename');
  await rename(temporary, target);
  reach('artifact-store:after-rename');
  await syncFolder(folder);
  if (!durable.has(folder)) {
    await syncFolder(dirname(folder));
    await syncFolder(dirname(dirname(folder)));
    durable.add(folder);
  }
  return { digest, sizeBytes, storedAt: toInstant(mtimeMs) };
}

/** Makes the names in a folder durable. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
