import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { chmod, copyFile, constants, link, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestBytes } from '#evidence';
import { StepFailed } from '../failure.js';
import { fileDigest } from '../environment/index.js';
import { makeFolder } from '../folder/step-folder.js';
import { sendSignal } from '../process/proc.js';
import type { Level, StepPlace } from './level.js';
import { othersMayReach, shellLeavesNothing, tryTool, withoutShellVariables } from './tools.js';

/** What keeps root from being more than any other user. */
const plainUser = ['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all'];

/**
 * A process of its own user, where this server may choose one and that user can reach the environment, in the host's file
 * system. Nothing keeps it from the network or from files that everyone may read. Of the server's own user it is never more
 * than a plain user: root's capabilities are dropped.
 * @param runtimeDir folder that every user can reach, for executables that the step's user could not
 */
export async function processLevel(options: {
  readonly setpriv: string | undefined;
  readonly runtimeDir: string;
}): Promise<Level> {
  const { setpriv, runtimeDir } = options;
  const isRoot = process.getuid?.() === 0;
  const lowers = isRoot && setpriv !== undefined && (await canLower(setpriv));
  const clean = await shellLeavesNothing();

  const shared = join(runtimeDir, 'bin');
  /** One for all steps of other users, who may not write there, where they can reach the executable; else each has its own. */
  const binOf = ({ folder, uid }: Omit<StepPlace, 'paths'>, { path }: { readonly path: string }): string =>
    uid !== null && othersMayReach(path)
      ? join(shared, digestBytes(path).slice('sha256:'.length))
      : folder.bin;

  return {
    name: 'process',
    ownProcesses: 0,
    noNewPrivileges: setpriv !== undefined,

    userFor({ only, binDir, mounts }, own) {
      // A single executable is put where that user can reach it.
      if (own === null || only !== undefined) return Promise.resolve(own);
      if (allReachable([binDir, ...mounts.map(({ source }) => source)])) return Promise.resolve(own);
      if (lowers) return Promise.resolve(null);
      const failure = new StepFailed(
        'sandbox-unavailable',
        `the unprivileged user of the step may not enter ${binDir}, and as root it may run only where setpriv of util-linux can drop root's capabilities; move the environment to where all may read, or install bubblewrap`,
      );
      return Promise.reject(failure);
    },

    async prepare({ environment: { only }, paths: { bin }, folder, uid }) {
      if (only === undefined) return;
      if (bin !== folder.bin) return linkOnce(only.path, join(bin, only.name), [runtimeDir, shared, bin]);
      makeFolder(bin, 0o755);
      const path = uid === null ? only.path : await placeCopy(only.path, runtimeDir);
      symlinkSync(path, join(bin, only.name));
    },

    pathsOf(place) {
      const { folder, environment } = place;
      const { work, tmp, metrics } = folder;
      const { only, binDir } = environment;
      return { work, tmp, metrics, bin: only === undefined ? binDir : binOf(place, only) };
    },

    wrap({ folder, uid }, command) {
      const inner = clean ? command : withoutShellVariables(command);
      // No new privileges it has from its launcher.
      const wrapped = uid === null && lowers ? [setpriv, ...plainUser, '--', ...inner] : inner;
      const argv = wrapped as [string, ...string[]];
      return { argv, uid, cwd: folder.work, reports: false, reads: [] };
    },

    terminate({ pid }) {
      sendSignal(-pid, 'SIGTERM');
      return Promise.resolve();
    },

    readExit: (exit) => ({ ...exit, began: true }),
  };
}

let lowering: Promise<boolean> | undefined;
/** Tried once per process. */
const canLower = (setpriv: string): Promise<boolean> =>
  (lowering ??= tryTool(setpriv, [...plainUser, '--', '/bin/sh', '-c', ':']).then(({ ok }) => ok));

const allReachable = (paths: readonly string[]): boolean => paths.every(othersMayReach);

/** @param folders those that may have to be made for it */
function linkOnce(path: string, link: string, folders: readonly string[]): void {
  if (existsSync(link)) return;
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755);
  }
  rmSync(link, { force: true });
  symlinkSync(path, link);
}

/** A second name of the executable, or a copy on another file system, by digest so that it is made once. */
async function placeCopy(path: string, runtimeDir: string): Promise<string> {
  const name = (await fileDigest(path)).replace(':', '-');
  const target = join(runtimeDir, name);
  if (othersMayReach(target)) return target;
  await mkdir(runtimeDir, { recursive: true, mode: 0o755 });
  const half = `${target}.${process.pid}.half`;
  await rm(half, { force: true });
  const { mode } = await stat(path);
  const copy = () => copyFile(path, half, constants.COPYFILE_FICLONE).then(() => chmod(half, 0o755));
  // Another name has the same mode, which may be for one user alone.
  await ((mode & 0o005) === 0o005 ? link(path, half).catch(copy) : copy());
  await rename(half, target);
  return target;
}
