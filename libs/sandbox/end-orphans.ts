import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, type Clock } from '#kernel';
import { removeGroups } from './cgroup/index.js';
import { removeFolder } from './folder/remove-folder.js';
import { readRecords, removeRecord } from './process/child-record.js';
import { endProcesses, isAlive } from './process/end-processes.js';
import { alternativeRoot, isOurs } from './work-root.js';

export interface OrphanReport {
  /** Steps that a killed server had left running. */
  readonly ended: number;
  /** Step folders removed. */
  readonly cleaned: number;
  /** Ids of records whose processes would not go; they stay for the next start. */
  readonly stuck: readonly string[];
}

/**
 * Ends the steps that an earlier server left behind and removes what they left on disk. To be called before the first
 * sandbox is opened on a scratch folder, by the only server that uses it.
 */
export async function endOrphans(scratchDir: string, clock: Clock = systemClock): Promise<OrphanReport> {
  const stuck: string[] = [];
  let ended = 0;
  let cleaned = 0;
  for (const record of await readRecords(scratchDir)) {
    if (isAlive(record)) ended += 1;
    if (!(await endProcesses(record, clock))) {
      stuck.push(record.id);
      continue;
    }
    await removeGroups(record.cgroups, clock);
    await removeFolder(record.folder);
    cleaned += 1;
    removeRecord(scratchDir, record.id);
  }
  // Folders whose step had not been started yet have no record.
  if (stuck.length === 0) {
    await rm(join(scratchDir, 'children'), { recursive: true, force: true });
    const elsewhere = alternativeRoot(scratchDir);
    for (const root of [scratchDir, ...((await isOurs(elsewhere)) ? [elsewhere] : [])]) {
      for (const name of ['inputs', 'spare']) await removeFolder(join(root, name));
      for (const name of await readdir(join(root, 'steps')).catch(() => [])) {
        await removeFolder(join(root, 'steps', name));
        cleaned += 1;
      }
    }
    if (await isOurs(elsewhere)) await removeFolder(elsewhere);
  }
  return { ended, cleaned, stuck };
}
