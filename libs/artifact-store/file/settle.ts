import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FaultPoint } from '#kernel';
import type { StoredBlob } from '../artifact-store.js';
import type { BlobFolders } from './folders.js';
import { blobPath } from './layout.js';
import type { Pack } from './pack.js';

/** Where an open store keeps what. */
export interface Place {
  readonly dir: string;
  /** Its own folder for unfinished bytes. */
  readonly incoming: string;
  readonly folders: BlobFolders;
  readonly pack: Pack;
  readonly reach: FaultPoint;
}

/**
 * Gives whole, synced bytes their name. A rename, so that a reader sees all or nothing; over a blob that is there
 * already it changes nothing but the time, unless that one had been damaged.
 */
export async function settle(
  { dir, folders, reach }: Place,
  temporary: string,
  blob: StoredBlob,
): Promise<StoredBlob> {
  const target = blobPath(dir, blob.digest);
  const folder = dirname(target);
  await folders.create(folder);
  reach('artifact-store:before-rename');
  await rename(temporary, target);
  reach('artifact-store:after-rename');
  await folders.settle(folder);
  return blob;
}
