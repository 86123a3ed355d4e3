import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of files below a folder, or of one file; those whose path `skips` says true to are left out. */
export function bytesBelow(path: string, skips: (path: string) => boolean = () => false): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || skips(path)) return 0;
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesBelow(join(path, name), skips), 0);
}
