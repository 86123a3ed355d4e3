import { readFileSync } from 'node:fs';

export interface CgroupLimits {
  /** Processes and threads. */
  readonly pids: number;
  readonly memoryBytes: number;
  /** Cores. */
  readonly cpu: number;
}

/** Times that the kernel enforced a limit. */
export interface CgroupHits {
  readonly pids: number;
  readonly outOfMemory: number;
}

export interface CgroupUsage {
  readonly userMs?: number;
  readonly systemMs?: number;
  readonly peakMemoryBytes?: number;
}

/** The control groups of one step. Whatever is forked by a member is a member; only root could leave. */
export interface StepCgroup {
  /** Their folders, one per hierarchy. */
  readonly folders: readonly string[];
  /** Files by which a process of one thread enters by writing 0, where that spares a wait in the kernel. */
  readonly entrances: readonly string[];
  /** Resolves when the process is in all of them: by itself, or put there. */
  add(pid: number): Promise<void>;
  hits(): CgroupHits;
  usage(): CgroupUsage;
}

/** What this host offers; made by {@link openCgroups}. */
export interface Cgroups {
  readonly version: 1 | 2;
  /** Such as `pids memory cpu`. */
  readonly controllers: readonly string[];
  create(name: string, limits: CgroupLimits): StepCgroup | Promise<StepCgroup>;
}

/** A file of the cgroup file system, which is in memory; empty when it is not there. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The number after a word: `max 3`, `oom_kill 1`. */
export const countAfter = (text: string, word: string): number =>
  Number(new RegExp(`^${word} (\\d+)`, 'm').exec(text)?.[1] ?? 0);

/** Path by controller, as in `/proc/<pid>/cgroup`; the unified hierarchy as `unified`. */
export function groupsOf(pid: number | 'self'): Map<string, string> {
  const lines = readText(`/proc/${pid}/cgroup`).split('\n').filter(Boolean);
  return new Map(
    lines.flatMap((line) => {
      const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      return (controllers === '' ? ['unified'] : controllers.split(',')).map((one) => [one, path] as const);
    }),
  );
}

/** Mount points by controller; the unified hierarchy as `unified`. */
export function cgroupMounts(): Map<string, string> {
  const mounts = new Map<string, string>();
  for (const line of readText('/proc/self/mounts').split('\n')) {
    const [, at, type, options = ''] = line.split(' ');
    if (at === undefined) continue;
    if (type === 'cgroup2') mounts.set('unified', at);
    if (type === 'cgroup') for (const option of options.split(',')) mounts.set(option, at);
  }
  return mounts;
}
