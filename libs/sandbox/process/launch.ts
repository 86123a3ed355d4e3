import type { Readable } from 'node:stream';
import type { StepFailure } from '../failure.js';

/** Everything about a process before it exists: plain data, since another process starts it for us. */
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
  /** Lines that it finds at the file descriptors from 5 on, each less than 4 KiB. */
  readonly reads: readonly string[];
  readonly ulimits: Ulimits;
  /** Files of control groups through which it enters them by itself. */
  readonly entrances: readonly string[];
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
  readonly exited: Promise<LaunchedExit>;
}

export interface LaunchedExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set when nobody could see how it ended. */
  readonly lost?: StepFailure;
}

/** A process that moves none but itself keeps no other one from being forked, so the kernel lets it at once. */
const enter = (fd: number): string => `echo 0 2>/dev/null >&${fd}; exec ${fd}>&-`;

/**
 * Waits at file descriptor 3 until it is recorded and in its control group, then bounds itself and becomes the command.
 * dash knows `ulimit -p`, bash `-u`; what a host refuses to bound is bounded by the control group or not at all.
 */
const gate = `
IFS= read -r go <&3 || exit 125
exec 3<&-
unset PWD OLDPWD SHLVL
ulimit -c 0
ulimit -n "$1" 2>/dev/null
ulimit -f "$2" 2>/dev/null
if [ -n "$BASH_VERSION" ]; then ulimit -u "$3"; else ulimit -p "$3"; fi 2>/dev/null
shift 3
exec "$@"`;

/** A shell hands short lines over in pipes. */
const reading = (lines: readonly string[]): string => {
  const opened = lines.map((_, i) => ` ${i + 5}<<'end of line ${i}'`).join('');
  return `${opened}\n${lines.map((line, i) => `${line}\nend of line ${i}\n`).join('')}`;
};

/** What is started for a plan: a shell that enters its control groups, waits, and becomes the command. */
export function gated({
  argv,
  ulimits,
  reports,
  reads,
  entrances,
}: LaunchPlan): readonly [string, ...string[]] {
  const { openFiles, fileBytes, threads } = ulimits;
  const bounds = [openFiles, Math.ceil(fileBytes / 512), threads].map(String);
  const entering = entrances.map((_, i) => enter((reports ? 5 : 4) + i)).join('\n');
  return ['/bin/sh', '-c', entering + gate + reading(reads), 'sh', ...bounds, ...argv];
}
