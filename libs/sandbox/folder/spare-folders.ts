import { mkdirSync, renameSync, statSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { removeFolder } from './remove-folder.js';
import { removeSmall } from './remove-small.js';
import type { StepFolder } from './step-folder.js';

/** Step folders that are waiting for their next step: of what is in them, what the step before could not change. */
export interface SpareFolders {
  /** False when there is none; else it is at `root` now. */
  take(root: string): boolean;
  /**
   * Empties a folder whose step ran as a user of its own and has been ended altogether. False when it is not fit for another
   * step; then it has to be removed.
   */
  keep(folder: StepFolder): Promise<boolean>;
  close(): Promise<void>;
}

const most = 64;
/** A folder that has held many files stays large. */
const freshBytes = 4096;

/** @param dir on the file system of the step folders; others may not enter */
export function openSpareFolders(dir: string): SpareFolders {
  const kept: string[] = [];
  let open = true;
  return {
    take(root) {
      const path = kept.pop();
      if (path === undefined) return false;
      renameSync(path, root);
      return true;
    },
    async keep(folder) {
      if (!open || kept.length >= most) return false;
      const { root, work, inputs, outputs, tmp } = folder;
      const stays = new Set([work, inputs, outputs, tmp]);
      try {
        if (!removeSmall(root, { stays }) || statSync(tmp).size > freshBytes) return false;
        // Its owner may have left more here than files. Handed over, since some disks take a millisecond.
        await rmdir(outputs);
        const path = join(dir, basename(root));
        mkdirSync(dir, { recursive: true, mode: 0o700 });
        renameSync(root, path);
        kept.push(path);
        return true;
      } catch {
        return false;
      }
    },
    async close() {
      open = false;
      for (const path of kept.splice(0)) await removeFolder(path);
      await rmdir(dir).catch(() => undefined);
    },
  };
}
