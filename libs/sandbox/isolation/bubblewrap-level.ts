import { mkdir } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { childrenOf, sendSignal } from '../process/proc.js';
import { deviceArgs, dropArgs, inner, namespaceArgs, parentArgs, systemArgs } from './bubblewrap-args.js';
import type { Exit, Level, StepPlace } from './level.js';
import { withoutShellVariables } from './tools.js';

const sharedMemoryBytes = 64 * 2 ** 20;

/** Namespaces of its own: sees `/work`, the system's libraries, its environment, and no other process, user or network. */
export async function bubblewrapLevel(options: {
  readonly bwrap: string;
  /** Needed when run by root. */
  readonly setpriv: string | undefined;
}): Promise<Level> {
  const { bwrap, setpriv } = options;
  const system = { open: await systemArgs(true), closed: await systemArgs(false) };

  return {
    name: 'bubblewrap',
    ownProcesses: 2,
    noNewPrivileges: true,

    /** Mounts are made by root, so the environment may lie wherever it likes. */
    userFor: (_, own) => Promise.resolve(own),

    async prepare({ folder, environment }) {
      // The working folder is shown read-only, so a mount point below it must be there before.
      for (const { target } of environment.mounts) {
        if (target.startsWith(`${inner.work}/`))
          await mkdir(join(folder.work, target.slice(inner.work.length)), { recursive: true });
      }
    },

    pathsOf: ({ environment }) => ({ ...inner, bin: environment.innerBinDir }),

    wrap(place, command) {
      const { spec, uid } = place;
      const args = [
        ...namespaceArgs(uid === null, spec.network),
        ...(spec.network ? system.open : system.closed),
        ...deviceArgs(Math.min(sharedMemoryBytes, spec.limits.memoryBytes)),
        ...folderArgs(place),
        ...userArgs,
        ...['--remount-ro', '/', '--chdir', inner.work, '--json-status-fd', '4', '--'],
      ];
      const dropped = uid !== null && setpriv !== undefined ? dropArgs(setpriv, uid) : [];
      return {
        argv: [bwrap, ...args, ...dropped, ...withoutShellVariables(command)],
        reads: userLines(uid ?? process.getuid?.() ?? 0),
        ...{ reports: true, uid: null, cwd: '/' },
      };
    },

    /** bubblewrap itself would die of the signal and take the step with it, so it goes to the step alone. */
    async terminate({ pid }) {
      let begun = false;
      for (const first of await childrenOf(pid)) {
        for (const command of await childrenOf(first)) {
          begun = true;
          if (!sendSignal(-command, 'SIGTERM')) sendSignal(command, 'SIGTERM');
        }
      }
      // Nobody is there yet who could end in an orderly way: there is nothing to wait for.
      if (!begun) throw new Error('the command has not begun');
    },

    readExit,
  };
}

function folderArgs({ folder, environment }: StepPlace): string[] {
  return [
    ...['--bind', folder.tmp, inner.tmp],
    ...['--ro-bind', folder.work, inner.work, '--bind', folder.outputs, `${inner.work}/outputs`],
    ...[...parentArgs(inner.metrics), '--bind', folder.metrics, inner.metrics],
    ...environment.mounts.flatMap(({ source, target }) => [
      ...(isShown(target) ? [] : parentArgs(target)),
      ...['--ro-bind', source, target],
    ]),
  ];
}

/** Copies of what it reads, which take less than mounts: those are two each, and the kernel waits for every processor. */
const userArgs = ['/etc/passwd', '/etc/group'].flatMap((path, i) => [
  ...['--perms', '0644', '--file', String(i + 5), path],
]);
const userLines = (user: number): string[] => [
  `step:x:${user}:${user}:step:/work:/bin/false`,
  `step:x:${user}:`,
];

/** Below what is bound already, folders exist or were made before. */
const isShown = (target: string): boolean =>
  target.startsWith(`${inner.work}/`) || target.startsWith('/usr/');

/**
 * bubblewrap reports an exit code only when the command began. From outside, a command that ended by signal n and one
 * that exited with 128 + n look the same; both count as ended by the signal.
 */
function readExit(exit: Omit<Exit, 'began'>, report: string): Exit {
  const reported = /"exit-code"\s*:\s*(\d+)/.exec(report)?.[1];
  // Killed together with bubblewrap, by us.
  if (reported === undefined) return { ...exit, began: exit.signal !== null };
  const code = Number(reported);
  const name = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return name === undefined
    ? { exitCode: code, signal: null, began: true }
    : { exitCode: null, signal: name as NodeJS.Signals, began: true };
}
