import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '#kernel';

/** Lets others have a turn. */
export const breath = (): Promise<void> => systemClock.sleep(0);

export interface Walked {
  readonly path: string;
  readonly isFolder: boolean;
}

const atOnce = 500;

/**
 * Everything below a folder but `except` and what is in it, folders before what they hold. Reads blocking, which for the few files of
 * most steps costs a tenth of handing each over, and lets others have a turn now and then.
 */
export async function* walk(root: string, except: string): AsyncGenerator<Walked, void> {
  let seen = 0;
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if ((seen += 1) % atOnce === 0) await breath();
      const path = join(folder, entry.name);
      if (path === except) continue;
      yield { path, isFolder: entry.isDirectory() };
      if (entry.isDirectory()) folders.push(path);
    }
  }
}
