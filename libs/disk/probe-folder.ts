import { lstatSync, mkdtempSync, rmdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** A full disk is as it is today: it says nothing of the place. */
const full = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Tries whether a folder can be written, or made where it is missing, before anything is kept there. Nothing of it stays.
 * @throws what the file system says
 */
export function probeFolder(path: string): void {
  let there = resolve(path);
  while (lstatSync(there, { throwIfNoEntry: false }) === undefined) there = dirname(there);
  try {
    rmdirSync(mkdtempSync(join(there, '.holdfast-')));
  } catch (error) {
    if (!full.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
