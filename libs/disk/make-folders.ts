import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and what is missing above it, one by one: Node's recursive way never ends on a file system that has no
 * folders to give, such as `/proc` or one that is mounted when somebody looks into it.
 * @param mode of those that are made
 * @throws what the file system says
 */
export function makeFolders(path: string, mode = 0o777): void {
  const missing: string[] = [];
  for (let at = resolve(path); statSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at))
    missing.unshift(at);
  for (const folder of missing.length > 0 ? missing : [path])
    try {
      mkdirSync(folder, { mode });
    } catch (error) {
      // It is there, or another process has just made it.
      if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
    }
}
