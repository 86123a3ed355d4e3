import { readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Removes a folder at once if it holds little. False when it holds more than `most`, or something in it resists: then some of it
 * may be gone. Never follows a link; whoever could put one there in between must have been ended.
 */
export function removeSmall(root: string, most = 200): boolean {
  let left = most;
  const empty = (folder: string): boolean => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if ((left -= 1) < 0) return false;
      const path = join(folder, entry.name);
      if (!entry.isDirectory()) unlinkSync(path);
      else if (!empty(path)) return false;
      else rmdirSync(path);
    }
    return true;
  };
  try {
    if (!empty(root)) return false;
    rmdirSync(root);
    return true;
  } catch {
    return false;
  }
}
