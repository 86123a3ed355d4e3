import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncPath } from '#disk';
import { blobRoot } from './layout.js';

/** The folders of blobs that are files. */
export interface BlobFolders {
  create(folder: string): Promise<void>;
  /** Makes a name in the folder durable, and the folder itself with those around it. */
  settle(folder: string): Promise<void>;
}

/**
 * Blobs that come into one folder at the same time share its sync; a folder that is known to be on disk is not synced for itself again.
 * @param bring makes the names in a folder durable; for tests
 */
export function openBlobFolders(
  dir: string,
  bring: (folder: string) => Promise<void> = syncPath,
): BlobFolders {
  const root = blobRoot(dir);
  const durable = new Set<string>([root]);
  const next = new Map<string, Promise<void>>();
  const last = new Map<string, Promise<void>>();

  /** Joins the sync that has not begun yet; one that has may have come too early. */
  function sync(folder: string): Promise<void> {
    const joined = next.get(folder);
    if (joined) return joined;
    const begun = (last.get(folder) ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        next.delete(folder);
        last.set(folder, begun);
        return bring(folder);
      });
    next.set(folder, begun);
    void begun.catch(() => undefined).finally(() => last.get(folder) === begun && last.delete(folder));
    return begun;
  }

  async function settleFolder(folder: string): Promise<void> {
    if (durable.has(folder)) return;
    const around = dirname(folder);
    await Promise.all([sync(around), settleFolder(around)]);
    durable.add(folder);
  }

  return {
    async create(folder) {
      if (!durable.has(folder)) await mkdir(folder, { recursive: true });
    },
    async settle(folder) {
      await Promise.all([sync(folder), settleFolder(folder)]);
    },
  };
}
