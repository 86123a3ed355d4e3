import { readdirSync, readFileSync } from 'node:fs';

/** What an attempt could find changed is read anew, blocking: these files are small, and handing them over costs more. */
export const textOf = (path: string): string => valueOf(() => readFileSync(path, 'utf8').trim());

export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Empty when it is not there. */
export function valueOf(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
