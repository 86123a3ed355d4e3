import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Of the kernel, in every Linux there is. */
const ticksPerSecond = 100;

function fieldsOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** The process and everything below it that lives. */
function family(pid: number): number[] {
  const parents = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const child = Number(name);
    const parent = Number.isInteger(child) ? fieldsOf(child)?.[1] : undefined;
    if (parent !== undefined) parents.set(Number(parent), [...(parents.get(Number(parent)) ?? []), child]);
  }
  const all = [pid];
  for (let i = 0; i < all.length; i++) all.push(...(parents.get(all[i] as number) ?? []));
  return all;
}

/** CPU time so far of a process, of what it has started and of what has ended of that. */
export function cpuMs(pid: number): number {
  const ticks = family(pid).flatMap((each) => fieldsOf(each)?.slice(11, 15).map(Number) ?? []);
  return (ticks.reduce((sum, more) => sum + more, 0) * 1000) / ticksPerSecond;
}

/** Resident memory of one process now, or at most since its start or {@link forgetPeak}; `getrusage` would tell of its parent's as well. */
export function residentMb(pid: number, which: 'now' | 'most' = 'now'): number {
  const field = which === 'now' ? 'VmRSS' : 'VmHWM';
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}

/** What is at most resident is counted from now on. */
export const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');
