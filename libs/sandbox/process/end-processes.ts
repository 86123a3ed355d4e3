import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Clock } from '#kernel';
import { endMembers } from '../cgroup/index.js';
import type { ChildRecord } from './child-record.js';
import { bootId, isGone, pidsOfUid, pidsWithMarker, processInfo, sendSignal } from './proc.js';

/**
 * Kills every process of a step, whatever it did to get away, as far as this host allows: by control group, else by the
 * user that is the step's alone, else by process group and by a mark in the environment. False when some would not go.
 */
export async function endProcesses(record: ChildRecord, clock: Clock, waitMs = 10_000): Promise<boolean> {
  // After a restart of the machine none is left, and the numbers belong to others.
  if (record.bootId !== bootId()) return true;
  const main = processInfo(record.pid);
  if (main !== undefined && main.startTime === record.startTime) {
    sendSignal(-record.pid, 'SIGKILL');
    sendSignal(record.pid, 'SIGKILL');
  }
  const { uid } = record;
  const grouped = record.cgroups.length > 0;
  if (grouped && !(await endMembers(record.cgroups, clock, waitMs))) return false;
  // Only a user to whom the group belongs could have left it.
  if (grouped && uid !== null) return true;
  return uid === null ? endMarked(record, clock, waitMs) : endUser(uid, clock, waitMs);
}

/** `kill -1` as that user reaches all of its processes at once, so that none can fork away in between. */
async function endUser(uid: number, clock: Clock, waitMs: number): Promise<boolean> {
  return untilNone(
    () => pidsOfUid(uid),
    async () => {
      const killer = spawn('/bin/sh', ['-c', 'kill -9 -1'], {
        uid,
        gid: uid,
        cwd: '/',
        env: {},
        stdio: 'ignore',
      });
      await once(killer, 'close').catch(() => undefined);
    },
    clock,
    waitMs,
  );
}

const endMarked = (record: ChildRecord, clock: Clock, waitMs: number): Promise<boolean> =>
  untilNone(
    () => pidsWithMarker(record.marker),
    (pids) => {
      for (const pid of pids) sendSignal(pid, 'SIGKILL');
      return Promise.resolve();
    },
    clock,
    waitMs,
  );

async function untilNone(
  find: () => Promise<number[]>,
  end: (pids: number[]) => Promise<void>,
  clock: Clock,
  waitMs: number,
): Promise<boolean> {
  const until = clock.monotonicMs() + waitMs;
  for (let pauseMs = 1; ; pauseMs = Math.min(50, pauseMs * 2)) {
    const left = await find();
    if (left.length === 0) return true;
    await end(left);
    if (clock.monotonicMs() > until) return false;
    await clock.sleep(pauseMs);
  }
}

/** Whether the step's first process still runs. */
export const isAlive = (record: ChildRecord): boolean => {
  const info = processInfo(record.pid);
  return record.bootId === bootId() && !isGone(info) && info?.startTime === record.startTime;
};
