import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { StepFailed } from '../failure.js';
import { processInfo, sendSignal } from './proc.js';

/** Everything about a process before it exists: plain data, so that another process may start it for us. */
export interface LaunchPlan {
  /** Absolute path and its arguments. */
  readonly argv: readonly [string, ...string[]];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Null: as this server's own user. */
  readonly uid: number | null;
  /** Whether the first program reports about itself at file descriptor 4. */
  readonly reports: boolean;
  readonly ulimits: Ulimits;
}

export interface Ulimits {
  /** Largest file it may write, in bytes; rounded up to 512. */
  readonly fileBytes: number;
  /** Threads of its user at once. Does not bind root. */
  readonly threads: number;
  readonly openFiles: number;
}

export interface Launched {
  readonly pid: number;
  readonly startTime: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** What the isolating program reports about itself, one JSON object after another; empty at level `process`. */
  readonly report: Readable;
  /** Lets it go. Until then it runs nothing of the step's; when this server dies first, it ends. */
  release(): void;
  /** Once, when it ends. */
  readonly exited: Promise<{ readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }>;
}

/**
 * Waits at file descriptor 3 until it is recorded and in its control group, then bounds itself and becomes the command.
 * dash knows `ulimit -p`, bash `-u`; what a host refuses to bound is bounded by the control group or not at all.
 */
const gate = `
IFS= read -r go <&3 || exit 125
exec 3<&-
ulimit -c 0
ulimit -n "$1" 2>/dev/null
ulimit -f "$2" 2>/dev/null
if [ -n "$BASH_VERSION" ]; then ulimit -u "$3"; else ulimit -p "$3"; fi 2>/dev/null
[ "$4" = reports ] || exec 4>&-
shift 4
exec "$@"
`;

/** The one place where sandboxed processes are started. */
export async function launch({ argv, env, cwd, uid, reports, ulimits }: LaunchPlan): Promise<Launched> {
  const { openFiles, fileBytes, threads } = ulimits;
  const bounds = [openFiles, Math.ceil(fileBytes / 512), threads]
    .map(String)
    .concat(reports ? 'reports' : 'silent');
  const child = spawn('/bin/sh', ['-c', gate, 'sh', ...bounds, ...argv], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    ...(uid === null ? {} : { uid, gid: uid }),
  });
  const exited = new Promise<Awaited<Launched['exited']>>((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    child.once('error', () => resolve({ exitCode: 126, signal: null }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) =>
      reject(
        new StepFailed('sandbox-unavailable', `a process could not be started: ${error.message}`, error),
      ),
    );
  });
  const pid = child.pid as number;
  const door = child.stdio[3] as Writable;
  door.on('error', () => undefined);
  const info = await processInfo(pid);
  if (info === undefined) {
    sendSignal(pid, 'SIGKILL');
    throw new StepFailed('sandbox-unavailable', 'steps need a Linux host with /proc');
  }
  return {
    pid,
    startTime: info.startTime,
    stdout: child.stdout as Readable,
    stderr: child.stderr as Readable,
    report: child.stdio[4] as Readable,
    release: () => door.end('go\n'),
    exited,
  };
}
