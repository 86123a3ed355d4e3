import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and what is missing above it, one by one: Node's recursive way never ends on a file system that has no
 * folders to give, such as `/proc` or an automounted one. @throws what the file system says
 */
export function makeFolders(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); statSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at))
    missing.unshift(at);
  for (const folder of missing.length > 0 ? missing : [path])
    try {
      mkdirSync(folder);
    } catch (error) {
      // It is there, or another process has just made it.
      if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
    }
}
