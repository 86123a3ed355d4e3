import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '#kernel';
import { cgroupMounts, countAfter, groupsOf, readText, type Cgroups, type StepCgroup } from './cgroup.js';

const wanted = ['pids', 'memory', 'cpu', 'cpuacct'] as const;
type Controller = (typeof wanted)[number];
/** For one that enters by itself; putting it there takes the kernel longer. */
const mostLooks = 10;
/** Of every new group. */
const periodUs = 100_000;

/** One hierarchy per controller, groups below the group of this process. Undefined when none may be made. */
export async function openV1(): Promise<Cgroups | undefined> {
  const [mounts, own] = [cgroupMounts(), groupsOf('self')];
  const parents = new Map<Controller, string>();
  for (const controller of wanted) {
    const mount = mounts.get(controller);
    if (mount === undefined) continue;
    // Within a container the path in /proc/self/cgroup may be that of the host, and not be there.
    for (const parent of [join(mount, own.get(controller) ?? '/'), mount]) {
      if (await mayCreate(parent)) {
        parents.set(controller, parent);
        break;
      }
    }
  }
  if (!parents.has('pids')) return undefined;

  return {
    version: 1,
    controllers: [...parents.keys()],
    create(name, limits) {
      const at = (controller: Controller) => join(parents.get(controller) ?? '', name);
      const folders = [...new Set([...parents.keys()].map(at))];
      const group = openGroup(parents, name, folders);
      for (const folder of folders) mkdirSync(folder);
      writeFileSync(join(at('pids'), 'pids.max'), String(limits.pids));
      if (parents.has('memory')) {
        writeFileSync(join(at('memory'), 'memory.limit_in_bytes'), String(limits.memoryBytes));
        try {
          writeFileSync(join(at('memory'), 'memory.memsw.limit_in_bytes'), String(limits.memoryBytes));
        } catch {
          // The kernel does not account for swap.
        }
      }
      if (parents.has('cpu')) {
        const quota = Math.max(1000, Math.round(limits.cpu * periodUs));
        writeFileSync(join(at('cpu'), 'cpu.cfs_quota_us'), String(quota));
      }
      return group;
    },
  };
}

async function mayCreate(parent: string): Promise<boolean> {
  const trial = join(parent, `holdfast-trial-${process.pid}`);
  try {
    await mkdir(trial);
    await rmdir(trial);
    return true;
  } catch {
    return false;
  }
}

function openGroup(
  parents: ReadonlyMap<Controller, string>,
  name: string,
  folders: readonly string[],
): StepCgroup {
  const read = (controller: Controller, file: string) =>
    readText(join(parents.get(controller) ?? '/nowhere', name, file));
  return {
    folders,
    entrances: folders.map((folder) => join(folder, 'tasks')),
    async add(pid) {
      const missing = () => {
        const groups = groupsOf(pid);
        return [...parents].filter(([controller]) => !groups.get(controller)?.endsWith(`/${name}`));
      };
      let left = missing();
      for (let looks = 0; looks < mostLooks && left.length > 0; looks++) {
        await systemClock.sleep(1);
        left = missing();
      }
      for (const [, parent] of left) await writeFile(join(parent, name, 'cgroup.procs'), String(pid));
    },
    hits() {
      const pids = read('pids', 'pids.events');
      const memory = read('memory', 'memory.oom_control');
      return { pids: countAfter(pids, 'max'), outOfMemory: countAfter(memory, 'oom_kill') };
    },
    usage() {
      const user = read('cpuacct', 'cpuacct.usage_user');
      const system = read('cpuacct', 'cpuacct.usage_sys');
      const peak = read('memory', 'memory.max_usage_in_bytes');
      return {
        ...(user && system ? { userMs: ms(user), systemMs: ms(system) } : {}),
        ...(peak ? { peakMemoryBytes: Number(peak) } : {}),
      };
    },
  };
}

const ms = (nanoseconds: string): number => Math.round(Number(nanoseconds) / 1e6);
