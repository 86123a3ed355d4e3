import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { systemClock } from '#kernel';
import { runCommandLine } from '../command-line.js';

const actor = '6f1c5f0e-0b0a-4b0e-9c56-000000000001';
const bin = new URL('../../../../apps/cli/bin/holdfast.mjs', import.meta.url).pathname;
/** Digests of what does not change from test to test, such as Node itself; apart from this user's. */
const cache = new URL('../../../../.cache/tests', import.meta.url).pathname;

export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs `holdfast` as a process of its own, without a terminal and with nothing of this user's settings. */
export async function holdfast(args: readonly string[], options: ProcessOptions = {}): Promise<Said> {
  const child = start(args, options);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (status === null) throw new Error(`holdfast ${args.join(' ')} ended by ${signal}: ${stderr}`);
  return { status, stdout, stderr };
}

/** A command that goes on until it is interrupted. */
export function watch(args: readonly string[], options: ProcessOptions = {}) {
  const child = start(args, options);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, 'close') as Promise<[number | null]>;
  let notes = '';
  child.stderr.on('data', (chunk) => (notes += chunk));
  return {
    /** What it has said on stderr. */
    notes: () => notes,
    async until(fits: (line: string) => boolean): Promise<string> {
      for (;;) {
        const { done, value } = await lines.next();
        if (done) throw new Error(`holdfast ${args.join(' ')} ended`);
        if (fits(value)) return value;
      }
    },
    async interrupt(): Promise<number | null> {
      child.kill('SIGINT');
      return (await ended)[0];
    },
  };
}

const start = (args: readonly string[], { cwd = process.cwd(), env }: ProcessOptions) =>
  spawn(process.execPath, [bin, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOLDFAST_ACTOR: actor, XDG_CACHE_HOME: cache, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

export const jsonOf = (said: Said): unknown => JSON.parse(said.stdout);

/** Longer than this a command hangs, which is said of it before its spec's own end comes; longer than that it is slow. */
const [hangsMs, slowMs] = [200_000, 20_000];

/** Runs the same command line within this process: what a hundred tests can afford. Paths must be absolute. */
export async function withinProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Said> {
  let [stdout, stderr] = ['', ''];
  const line = `holdfast ${args.join(' ')}`;
  const begun = performance.now();
  const hangs = Promise.withResolvers<never>();
  const stop = systemClock.after(hangsMs, () =>
    hangs.reject(new Error(`${line} does not end; until now it said\n${stdout}${stderr}`)),
  );
  const ending = runCommandLine(args, {
    env: { PATH: process.env['PATH'], HOLDFAST_ACTOR: actor, XDG_CACHE_HOME: cache, ...env },
    signal: new AbortController().signal,
    // The next command sees it, however slow the machine.
    settleMs: 60_000,
    terminal: {
      colour: false,
      interactive: false,
      width: 120,
      isScreen: false,
      write: (bytes) => void (stdout += Buffer.from(bytes).toString('utf8')),
      out: (text) => void (stdout += `${text}\n`),
      drained: () => Promise.resolve(),
      note: (text) => void (stderr += `${text}\n`),
    },
  });
  const status = await Promise.race([ending, hangs.promise]).finally(stop);
  const tookMs = performance.now() - begun;
  if (tookMs > slowMs) process.stderr.write(`${line} took ${Math.round(tookMs / 1000)} s\n`);
  return { status, stdout, stderr };
}
