import { lstatSync, opendirSync, statfsSync, type Stats } from 'node:fs';
import { breath } from '../folder/walk.js';

export interface DiskUse {
  /** Of the blocks that files take, so that holes count for nothing. */
  readonly bytes: number;
  readonly files: number;
}

const atOnce = 500;

/**
 * What lies below these paths; stops counting at `most`, and never follows a link. Blocking, but for a pause now and then: what is
 * there may go at any time.
 */
export async function diskUse(paths: readonly string[], most: DiskUse): Promise<DiskUse> {
  const use = { bytes: 0, files: 0 };
  const left = [...paths];
  for (let seen = 1, path = left.pop(); path !== undefined; path = left.pop(), seen++) {
    if (seen % atOnce === 0) await breath();
    const stats = lookAt(path);
    if (stats === undefined) continue;
    use.bytes += stats.blocks * 512;
    if (stats.isDirectory()) addNames(path, left, most.files);
    else use.files += 1;
    if (use.bytes > most.bytes || use.files > most.files) break;
  }
  return use;
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/** Less than a few pages are no room. */
const leastRoomBytes = 64 * 1024;

/** Whether the disk below it has no room left, for bytes or for names. A folder that has gone is on no full disk. */
export function isFull(folder: string): boolean {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(folder);
    return bavail * bsize < leastRoomBytes || (files > 0 && ffree === 0);
  } catch {
    return false;
  }
}

/** No more than decide. */
function addNames(folder: string, paths: string[], most: number): void {
  try {
    const open = opendirSync(folder);
    try {
      for (let i = 0, entry = open.readSync(); entry !== null && i <= most; i++, entry = open.readSync())
        paths.push(`${folder}/${entry.name}`);
    } finally {
      open.closeSync();
    }
  } catch {
    // It is gone, or not to be entered.
  }
}
