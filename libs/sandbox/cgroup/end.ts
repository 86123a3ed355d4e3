import { rmdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '#kernel';
import { sendSignal } from '../process/proc.js';
import { readText } from './cgroup.js';

/** Members of the groups in these folders. */
export function membersOf(folders: readonly string[]): number[] {
  const lists = folders.map((folder) => readText(join(folder, 'cgroup.procs')));
  return [...new Set(lists.flatMap((list) => list.split('\n').filter(Boolean).map(Number)))];
}

/** Kills every member, those forked meanwhile too: first nothing may fork any more. False when some would not go. */
export async function endMembers(
  folders: readonly string[],
  clock: Clock,
  waitMs = 10_000,
): Promise<boolean> {
  // Whoever could fork one would be one itself. The first is that of the pids controller, which counts exactly.
  const [first = ''] = folders;
  if (readText(join(first, 'pids.current')).trim() === '0' || membersOf(folders).length === 0) return true;
  for (const folder of folders) {
    await writeFile(join(folder, 'pids.max'), '0').catch(() => undefined);
    await writeFile(join(folder, 'cgroup.kill'), '1').catch(() => undefined);
  }
  const until = clock.monotonicMs() + waitMs;
  for (let pauseMs = 1; ; pauseMs = Math.min(50, pauseMs * 2)) {
    const members = membersOf(folders);
    if (members.length === 0) return true;
    for (const pid of members) sendSignal(pid, 'SIGKILL');
    if (clock.monotonicMs() > until) return false;
    await clock.sleep(pauseMs);
  }
}

/** The kernel lets go of a group a moment after its last member. */
export async function removeGroups(folders: readonly string[], clock: Clock, waitMs = 5_000): Promise<void> {
  const until = clock.monotonicMs() + waitMs;
  const remove = async (folder: string): Promise<void> => {
    for (let pauseMs = 1; ; pauseMs = Math.min(50, pauseMs * 2)) {
      try {
        return rmdirSync(folder);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
        if (clock.monotonicMs() > until) throw error;
        await clock.sleep(pauseMs);
      }
    }
  };
  await Promise.all(folders.map(remove));
}
