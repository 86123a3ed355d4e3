import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DomainError } from '#kernel';

/**
 * Makes the data folder and what is missing above it, one by one: Node's recursive way never ends on a file system that has no
 * folders to give, such as `/proc`.
 * @throws DATA_DIR_UNUSABLE saying why
 */
export function makeDataFolder(dataDir: string): void {
  const missing: string[] = [];
  try {
    for (let at = resolve(dataDir); statSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at))
      missing.unshift(at);
    for (const path of missing) makeFolder(path);
    if (!statSync(dataDir).isDirectory()) throw new Error('it is a file');
  } catch (cause) {
    const why = (cause as Error).message;
    const message = `HOLDFAST_DATA_DIR: ${resolve(dataDir)} cannot be used: ${why}; choose another folder`;
    throw new DomainError('invalid', 'DATA_DIR_UNUSABLE', message, { cause });
  }
}

/** Another process may be making it too. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
