import { readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';

/** What `/proc` says of a process; only Linux has it. */
export interface ProcessInfo {
  readonly pid: number;
  readonly state: string;
  readonly ppid: number;
  readonly pgid: number;
  /** Clock ticks since boot; with the pid and the boot id it names one process for good. */
  readonly startTime: number;
}

/** Undefined when there is no such process. Blocking, for some 10 µs. */
export function processInfo(pid: number): ProcessInfo | undefined {
  try {
    const fields = fieldsOf(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return {
      pid,
      state: fields[0] ?? '',
      ppid: Number(fields[1]),
      pgid: Number(fields[2]),
      startTime: Number(fields[19]),
    };
  } catch {
    return undefined;
  }
}

/** From the third on. The name in parentheses is chosen by the process and may hold anything, so count from the last one. */
const fieldsOf = (stat: string): string[] => stat.slice(stat.lastIndexOf(')') + 2).split(' ');

/** {@link ProcessInfo.startTime} in the text of a `/proc/<pid>/stat`. */
export const startTimeIn = (stat: string): number => Number(fieldsOf(stat)[19]);

export const isGone = (info: ProcessInfo | undefined): boolean =>
  info === undefined || info.state === 'Z' || info.state === 'X';

export async function allPids(): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Living processes whose real owner is this user. */
export async function pidsOfUid(uid: number): Promise<number[]> {
  const found: number[] = [];
  for (const pid of await allPids()) {
    const owner = await stat(`/proc/${pid}`).catch(() => undefined);
    // A process that cannot be dumped shows root as the owner of its folder; its status tells the truth.
    if (owner === undefined || (owner.uid !== uid && owner.uid !== 0)) continue;
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) !== uid) continue;
    if (!isGone(processInfo(pid))) found.push(pid);
  }
  return found;
}

/** Living processes that were started with `marker` in their environment; those of other users stay unseen. */
export async function pidsWithMarker(marker: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of await allPids()) {
    if (pid === process.pid) continue;
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    if (environment.includes(marker) && !isGone(processInfo(pid))) found.push(pid);
  }
  return found;
}

export async function childrenOf(pid: number): Promise<number[]> {
  const known = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => undefined);
  if (known !== undefined) return known.split(' ').filter(Boolean).map(Number);
  const all = (await allPids()).map(processInfo);
  return all.flatMap((info) => (info?.ppid === pid ? [info.pid] : []));
}

/** Living processes that this one started, directly or not, as long as those between are alive. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const all = (await allPids()).map(processInfo).filter((info) => info !== undefined);
  const found = new Set([pid]);
  for (let grown = true; grown;) {
    const next = all.filter((info) => found.has(info.ppid) && !found.has(info.pid) && !isGone(info));
    for (const info of next) found.add(info.pid);
    grown = next.length > 0;
  }
  found.delete(pid);
  return [...found];
}

/** Threads that this user runs now: what RLIMIT_NPROC counts. */
export async function threadsOfUid(uid: number): Promise<number> {
  let threads = 0;
  for (const pid of await allPids()) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) === uid)
      threads += Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 1);
  }
  return threads;
}

/** Memory that these processes have resident, in bytes. */
export async function residentBytes(pids: readonly number[]): Promise<number> {
  let bytes = 0;
  for (const pid of pids) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    bytes += Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  }
  return bytes;
}

let boot: string | undefined;

/** Changes with every boot; empty where there is no such thing. */
export function bootId(): string {
  try {
    return (boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  } catch {
    return '';
  }
}

/** False when it was gone already. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return true;
    return false;
  }
}
