import { openCgroups } from '../cgroup/index.js';
import { deviceArgs, dropArgs, namespaceArgs, systemArgs } from './bubblewrap-args.js';
import type { LevelName } from './level.js';
import { findTool, tryTool } from './tools.js';

export type Finding =
  | { readonly available: true; readonly version?: string }
  /** `why` says what is missing and what to do. */
  | { readonly available: false; readonly why: string };

/** What this host can do to keep a step apart. */
export interface IsolationProbe {
  readonly process: Finding;
  readonly bubblewrap: Finding;
  /** The strongest that works. */
  readonly best: LevelName | null;
  /** Whether steps can run as a user that is nobody else. */
  readonly unprivilegedUser: Finding;
  /** Whether rights once dropped cannot come back (`setpriv`). */
  readonly noNewPrivileges: Finding;
  readonly cgroup: Finding & { readonly controllers: readonly string[] };
}

/** First of the users that steps run as when this server is root; a step draws one of {@link uidCount}. */
export const firstUid = 2_000_000;
export const uidCount = 2 ** 28;

const isRoot = (): boolean => process.getuid?.() === 0;
const no = (why: string): Finding => ({ available: false, why });

let found: Promise<IsolationProbe> | undefined;

/** Tries each thing for real, in about 20 ms, once per process: what is installed later counts after a restart. */
export const probeIsolation = (): Promise<IsolationProbe> => (found ??= probe());

async function probe(): Promise<IsolationProbe> {
  const [setpriv, cgroups, unprivilegedUser] = await Promise.all([
    findTool('setpriv'),
    openCgroups(),
    probeUser(),
  ]);
  const bubblewrap = await probeBubblewrap(setpriv, unprivilegedUser);
  const linux: Finding =
    process.platform === 'linux'
      ? { available: true }
      : no('steps need Linux; run the executor in a Linux container');
  return {
    process: linux,
    bubblewrap,
    best: bubblewrap.available ? 'bubblewrap' : linux.available ? 'process' : null,
    unprivilegedUser,
    noNewPrivileges: setpriv ? { available: true } : no('setpriv of util-linux is not installed'),
    cgroup: cgroups
      ? { available: true, version: `v${cgroups.version}`, controllers: cgroups.controllers }
      : {
          available: false,
          why: 'no control group with a pids controller may be made by this user',
          controllers: [],
        },
  };
}

async function probeUser(): Promise<Finding> {
  if (!isRoot())
    return no('only root can run steps as another user; limits count all processes of this user');
  const uid = firstUid + uidCount - 1;
  const { ok, text } = await tryTool('/bin/sh', ['-c', 'exit 0'], { uid, gid: uid });
  return ok ? { available: true } : no(`user ${uid} cannot be taken on here: ${text}`);
}

async function probeBubblewrap(setpriv: string | undefined, user: Finding): Promise<Finding> {
  if (process.platform !== 'linux') return no('bubblewrap needs Linux');
  const bwrap = await findTool('bwrap');
  if (bwrap === undefined) return no('bwrap is not installed; install the package bubblewrap');
  if (isRoot() && setpriv === undefined)
    return no('run by root it needs setpriv of util-linux to drop rights inside');
  if (isRoot() && !user.available) return user;
  const { text: version } = await tryTool(bwrap, ['--version']);
  const trial = await tryTool(bwrap, [
    ...namespaceArgs(!isRoot(), false),
    ...(await systemArgs(false)),
    ...deviceArgs(2 ** 20),
    ...['--remount-ro', '/', '--chdir', '/', '--'],
    ...(isRoot() && setpriv !== undefined ? dropArgs(setpriv, firstUid) : []),
    ...['/usr/bin/env', 'true'],
  ]);
  return trial.ok
    ? { available: true, version: version.replace(/^bubblewrap /, '') }
    : no(
        `bwrap is there but fails: ${trial.text.split('\n')[0]}; allow unprivileged user namespaces, or run as root`,
      );
}
