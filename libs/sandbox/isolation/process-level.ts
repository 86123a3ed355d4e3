import { copyFile, constants, link, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { StepFailed } from '../failure.js';
import { fileDigest } from '../environment/index.js';
import { sendSignal } from '../process/proc.js';
import type { Level } from './level.js';
import { othersMayReach, withoutShellVariables } from './tools.js';

/**
 * A process of its own user, where this server may choose one, in the host's file system. Nothing keeps it from the
 * network or from files that everyone may read.
 * @param runtimeDir folder that every user can reach, for executables that the step's user could not
 */
export function processLevel(options: {
  readonly setpriv: string | undefined;
  readonly runtimeDir: string;
}): Level {
  const { setpriv, runtimeDir } = options;
  return {
    name: 'process',
    ownProcesses: 0,
    reports: false,
    noNewPrivileges: setpriv !== undefined,

    async prepare({ folder, environment, uid }) {
      const { only, binDir } = environment;
      if (only !== undefined) {
        const reachable = uid === null || (await othersMayReach(only.path));
        const path = reachable ? only.path : await placeCopy(only.path, runtimeDir);
        await symlink(path, join(folder.bin, only.name));
      } else if (
        uid !== null &&
        !(await allReachable([binDir, ...environment.mounts.map((m) => m.source)]))
      ) {
        throw new StepFailed(
          'sandbox-unavailable',
          `the unprivileged user of the step may not enter ${binDir}; move the environment to where all may read, or install bubblewrap`,
        );
      }
    },

    pathsOf: ({ folder, environment }) => ({
      work: folder.work,
      tmp: folder.tmp,
      metrics: folder.metrics,
      bin: environment.only === undefined ? environment.binDir : folder.bin,
    }),

    wrap({ folder, uid }, command) {
      const inner = withoutShellVariables(command);
      // The signal covers the first process only: what it leaves behind is ended at the next start.
      const wrapped = setpriv ? [setpriv, '--no-new-privs', '--pdeathsig', 'KILL', '--', ...inner] : inner;
      return { argv: wrapped as [string, ...string[]], uid, cwd: folder.work };
    },

    terminate({ pid }) {
      sendSignal(-pid, 'SIGTERM');
      return Promise.resolve();
    },

    readExit: (exit) => ({ ...exit, began: true }),
  };
}

const allReachable = async (paths: readonly string[]): Promise<boolean> =>
  (await Promise.all(paths.map(othersMayReach))).every(Boolean);

/** A second name of the executable, or a copy on another file system, by digest so that it is made once. */
async function placeCopy(path: string, runtimeDir: string): Promise<string> {
  const name = (await fileDigest(path)).replace(':', '-');
  const target = join(runtimeDir, name);
  if (await othersMayReach(target)) return target;
  await mkdir(runtimeDir, { recursive: true, mode: 0o755 });
  const half = `${target}.${process.pid}.half`;
  await rm(half, { force: true });
  await link(path, half).catch(() => copyFile(path, half, constants.COPYFILE_FICLONE));
  await rename(half, target);
  return target;
}
