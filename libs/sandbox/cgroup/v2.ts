import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cgroupMounts, countAfter, groupsOf, readText, type Cgroups } from './cgroup.js';

const wanted = ['pids', 'memory', 'cpu'];
const periodUs = 100_000;

/**
 * The unified hierarchy. A group with processes of its own cannot hand controllers to children, so groups are made in
 * the first of: this process's group, the one around it, the root, that can. Undefined when none can.
 */
export async function openV2(): Promise<Cgroups | undefined> {
  const mount = cgroupMounts().get('unified');
  if (mount === undefined) return undefined;
  const own = join(mount, groupsOf('self').get('unified') ?? '/');
  const around = own === mount ? mount : dirname(own);
  for (const parent of new Set([own, around, mount])) {
    const controllers = await delegated(parent);
    if (!controllers.includes('pids')) continue;
    return {
      version: 2,
      controllers,
      create: (name, limits) => create(join(parent, name), limits, controllers),
    };
  }
  return undefined;
}

/** Controllers that a child of this group has, found by making one. */
async function delegated(parent: string): Promise<string[]> {
  for (const one of wanted)
    await writeFile(join(parent, 'cgroup.subtree_control'), `+${one}`).catch(() => undefined);
  const trial = join(parent, `holdfast-trial-${process.pid}`);
  try {
    await mkdir(trial);
    const there = readText(join(trial, 'cgroup.controllers')).trim().split(' ');
    await rmdir(trial);
    return wanted.filter((one) => there.includes(one));
  } catch {
    return [];
  }
}

async function create(
  folder: string,
  limits: { readonly pids: number; readonly memoryBytes: number; readonly cpu: number },
  controllers: readonly string[],
) {
  const read = (file: string) => readText(join(folder, file));
  const write = (file: string, text: string) => writeFile(join(folder, file), text);
  await mkdir(folder);
  await write('pids.max', String(limits.pids));
  if (controllers.includes('memory')) {
    await write('memory.max', String(limits.memoryBytes));
    await write('memory.swap.max', '0').catch(() => undefined);
  }
  if (controllers.includes('cpu'))
    await write('cpu.max', `${Math.max(1000, Math.round(limits.cpu * periodUs))} ${periodUs}`);
  return {
    folders: [folder],
    // Another process has to be kept from forking all the same.
    entrances: [],
    add: (pid: number) => write('cgroup.procs', String(pid)),
    hits() {
      const [pids, memory] = [read('pids.events'), read('memory.events')];
      return { pids: countAfter(pids, 'max'), outOfMemory: countAfter(memory, 'oom_kill') };
    },
    usage() {
      const [cpu, peak] = [read('cpu.stat'), read('memory.peak')];
      return {
        ...(cpu
          ? {
              userMs: Math.round(countAfter(cpu, 'user_usec') / 1000),
              systemMs: Math.round(countAfter(cpu, 'system_usec') / 1000),
            }
          : {}),
        ...(peak ? { peakMemoryBytes: Number(peak) } : {}),
      };
    },
  };
}
