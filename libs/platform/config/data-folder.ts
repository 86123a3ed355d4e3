import { resolve } from 'node:path';
import { makeFolders } from '#disk';
import { DomainError } from '#kernel';

/** Makes the data folder and what is missing above it. @throws DATA_DIR_UNUSABLE saying why */
export function makeDataFolder(dataDir: string): void {
  try {
    makeFolders(dataDir);
  } catch (cause) {
    const why = (cause as Error).message;
    const message = `HOLDFAST_DATA_DIR: ${resolve(dataDir)} cannot be used: ${why}; choose another folder`;
    throw new DomainError('invalid', 'DATA_DIR_UNUSABLE', message, { cause });
  }
}
