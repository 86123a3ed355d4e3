import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DomainError, type ErrorKind, type Problem } from '#kernel';
import { watchUnready } from './unready.js';

const standaloneMain = '/standalone/main.js';

/** What a running embedded server writes into its data folder, and prints when it is ready. */
export interface ServerRecord {
  readonly pid: number;
  readonly address: string;
}

/** The server that has this data folder, if its process is alive. */
export function runningServer(dataDir: string): ServerRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8')) as ServerRecord;
    process.kill(record.pid, 0);
    return typeof record.address === 'string' && isServer(record.pid) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** A server that was killed leaves its record, and its pid may be somebody else's by now. */
function isServer(pid: number): boolean {
  if (!existsSync('/proc/self/cmdline')) return true;
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    .split('\0')
    .some((word) => word.endsWith(standaloneMain));
}

export interface EmbeddedServer {
  readonly address: string;
  readonly child: ChildProcess;
  /** Asks it to finish and waits until it has. */
  stop(): Promise<void>;
}

const standalone = new URL(`..${standaloneMain}`, import.meta.url).pathname;

export interface Waiting {
  /** Ends the waiting, and the server with it. */
  readonly signal?: AbortSignal;
  /** Hears why a server that takes its time is not ready. */
  readonly told?: (text: string) => void;
  /** Waits no longer for what does not become ready by itself. */
  readonly givesUp?: boolean;
}

/**
 * Starts the embedded server as a process of its own; it ends when this process does, however that ends, because it
 * watches its standard input.
 * @throws what the server said when it could not start; SERVER_NOT_READY; what the signal says
 */
export async function startServer(
  dataDir: string,
  port: number,
  env: NodeJS.ProcessEnv,
  { signal, told, givesUp = false }: Waiting = {},
): Promise<EmbeddedServer> {
  const child = spawn(process.execPath, ['--enable-source-maps', standalone], {
    env: {
      ...env,
      HOLDFAST_DATA_DIR: dataDir,
      HOLDFAST_GRPC_PORT: String(port),
      HOLDFAST_EXIT_WITH_STDIN: '1',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A ctrl-c in the terminal is for this process, which then stops the server in order.
    detached: true,
  });
  const said: string[] = [];
  const unready = watchUnready(told, givesUp);
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line);
    if (said.length > 100) said.shift();
    if (env['HOLDFAST_LOG_LEVEL']) process.stderr.write(`${line}\n`);
    unready.hear(line);
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const ready = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(line));
  });
  const stopped = new Promise<Error>((resolve) => {
    if (signal?.aborted) resolve(signal.reason as Error);
    signal?.addEventListener('abort', () => resolve(signal.reason as Error), { once: true });
  });
  const first = await Promise.race([ready, exited, stopped, unready.hopeless]);
  if (first instanceof Error) {
    child.kill('SIGTERM');
    await exited;
    throw first;
  }
  if (typeof first !== 'string') throw refusal(said.join('\n'), first);
  unready.stop();
  const { address } = JSON.parse(first) as ServerRecord;
  return {
    address,
    child,
    stop: async () => {
      child.stdin.end();
      child.kill('SIGTERM');
      await exited;
    },
  };
}

interface Refusal {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  readonly problems?: readonly Problem[];
}

/** A program of ours prints one JSON line about why it did not go; anything else is passed on as it is. */
export function refusal(text: string, status: number | null): DomainError {
  const line = text.trim().split('\n').at(-1) ?? '';
  try {
    const { kind, code, message, problems = [] } = JSON.parse(line) as Refusal;
    if (kind && code && message) return new DomainError(kind, code, message, { problems });
  } catch {
    // Not one of ours.
  }
  return new DomainError(
    'unavailable',
    'SERVER_DID_NOT_START',
    `the program ended with status ${status}: ${line}`,
  );
}
