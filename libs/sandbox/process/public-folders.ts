import { lstatSync, readdirSync, statSync, type BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { isSettled } from '../environment/file-fact.js';
import { breath } from '../folder/walk.js';

/** Where anyone may write on a Linux host. */
const everybodys = ['/tmp', '/var/tmp', '/dev/shm', '/run/lock'];
const atOnce = 500;

/** The host's public folders while one step runs. */
export interface PublicFolders {
  /** What the step has put there: things that belong to the user that is the step's alone. */
  strays(): Promise<string[]>;
}

/**
 * To be called before the step begins. A folder whose change time has not moved since then holds nothing of the step's and is not
 * looked through; one that had changed within two seconds before always is.
 */
export function watchPublicFolders(uid: number): PublicFolders {
  const noted = new Map(everybodys.map((path) => [path, settledAt(path)]));
  return {
    async strays() {
      const found: string[] = [];
      for (const path of everybodys) {
        const now = stateOf(path);
        if (now === undefined || noted.get(path) === now.ctimeNs) continue;
        found.push(...(await ownedBy(uid, path)));
      }
      return found.sort();
    },
  };
}

const stateOf = (path: string): BigIntStats | undefined =>
  statSync(path, { bigint: true, throwIfNoEntry: false });

function settledAt(path: string): bigint | undefined {
  const stats = stateOf(path);
  return stats !== undefined && isSettled(stats) ? stats.ctimeNs : undefined;
}

async function ownedBy(uid: number, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const [i, name] of namesIn(folder).entries()) {
    if (i % atOnce === atOnce - 1) await breath();
    const path = join(folder, name);
    if (lstatSync(path, { throwIfNoEntry: false })?.uid === uid) found.push(path);
  }
  return found;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
