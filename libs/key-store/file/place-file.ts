import { randomUUID } from 'node:crypto';
import { open, rm, type link, type rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncPath } from '#disk';

export const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** How a file gets its name: with `link` whoever is second leaves the first one's, with `rename` the first one's is replaced. */
export type Put = typeof link | typeof rename;

/** Writes a file with mode 0600 into a folder that is there: whole and on the disk, or not at all. @throws what the disk says */
export async function placeFile(
  folder: string,
  name: string,
  bytes: Uint8Array | string,
  put: Put,
): Promise<void> {
  const half = join(folder, `.${randomUUID()}`);
  try {
    const file = await open(half, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await put(half, join(folder, name)).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
    await syncPath(folder);
  } finally {
    await rm(half, { force: true });
  }
}
