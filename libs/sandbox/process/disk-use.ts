import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

export interface DiskUse {
  /** Of the blocks that files take, so that holes count for nothing. */
  readonly bytes: number;
  readonly files: number;
}

/** What lies below these paths; stops counting at `most`, and never follows a link. */
export async function diskUse(paths: readonly string[], most: DiskUse): Promise<DiskUse> {
  const use = { bytes: 0, files: 0 };
  const isOver = () => use.bytes > most.bytes || use.files > most.files;
  const visit = async (path: string): Promise<void> => {
    const stats = await lstat(path).catch(() => undefined);
    if (stats === undefined || isOver()) return;
    use.bytes += stats.blocks * 512;
    if (!stats.isDirectory()) {
      use.files += 1;
      return;
    }
    const folder = await opendir(path).catch(() => undefined);
    if (folder === undefined) return;
    for await (const entry of folder) {
      if (isOver()) return;
      await visit(join(path, entry.name));
    }
  };
  for (const path of paths) await visit(path);
  return use;
}
