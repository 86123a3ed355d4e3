import { readdirSync, rmdirSync, unlinkSync } from 'node:fs';

/**
 * Removes a folder at once if it holds little. False when it holds more than `most`, or something in it resists: then some of it
 * may be gone. Never follows a link; whoever could put one there in between must have been ended.
 * @param stays folders below it that are only emptied, and with them the folder itself
 */
export function removeSmall(
  root: string,
  { most = 200, stays }: { readonly most?: number; readonly stays?: ReadonlySet<string> } = {},
): boolean {
  let left = most;
  const empty = (folder: string): boolean => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if ((left -= 1) < 0) return false;
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!empty(path)) return false;
        if (!stays?.has(path)) rmdirSync(path);
      } else unlinkSync(path);
    }
    return true;
  };
  try {
    if (!empty(root)) return false;
    if (stays === undefined) rmdirSync(root);
    return true;
  } catch {
    return false;
  }
}
