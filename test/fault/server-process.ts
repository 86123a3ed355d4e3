import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { connect, type Connection } from '#rpc';

const main = new URL('../../apps/standalone/main.js', import.meta.url).pathname;

/** The embedded server as a process of its own. */
export interface ServerProcess {
  readonly pid: number;
  /** One try for each call: a server that has gone is told of at once. */
  readonly connection: Connection;
  readonly exited: Promise<{ readonly status: number | null; readonly signal: string | null }>;
  /** True as soon as it has ended. */
  gone(): boolean;
  /** Ends it, and waits. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<{ readonly status: number | null; readonly stderr: string }>;
}

export type Env = Readonly<Record<string, string>>;

/** A server that has not begun to answer: how it ended and what it said last. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted';
  readonly status: number | null;
  readonly signal: string | null;
  readonly stderr: string;

  constructor(status: number | null, signal: string | null, stderr: string) {
    super(`the server ended with ${status ?? signal} before it answered:\n${stderr}`);
    this.status = status;
    this.signal = signal;
    this.stderr = stderr;
  }

  /** The refusal as it was written for whoever started it. */
  get refusal(): Readonly<Record<string, unknown>> {
    return JSON.parse(this.stderr.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
  }
}

/**
 * Starts a server on a data folder; it ends itself at the n-th passing of `HOLDFAST_FAULT`.
 * @param launcher a program, with its first arguments, that the server is started by
 * @throws NotStarted
 */
export async function startServer(
  dataDir: string,
  env: Env = {},
  launcher: readonly string[] = [],
): Promise<ServerProcess> {
  const { HOLDFAST_LOG_LEVEL: _, ...inherited } = process.env;
  const settings = {
    ...{ HOLDFAST_GRPC_PORT: '0', HOLDFAST_HEARTBEAT_MS: '500', HOLDFAST_LOG_LEVEL: 'warn' },
  };
  // A server that lives for seconds spends a quarter of its start on collecting young garbage; told so, it does not start itself again.
  const [program = process.execPath, ...rest] = [
    ...launcher,
    ...[process.execPath, '--max-semi-space-size=32', main],
  ];
  const child = spawn(program, rest, {
    env: { ...inherited, ...settings, HOLDFAST_DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const exited = once(child, 'close').then(([status, signal]) => ({
    status: status as number | null,
    signal: signal as string | null,
  }));
  const line = once(createInterface({ input: child.stdout }), 'line').then(([text]) => text as string);
  const first = await Promise.race([line, exited]);
  if (typeof first !== 'string') throw new NotStarted(first.status, first.signal, stderr);
  const { address, pid } = JSON.parse(first) as { address: string; pid: number };
  const connection = connect(address, { defaults: { retryForMs: 0 } });
  return {
    pid,
    connection,
    exited,
    gone: () => child.exitCode !== null || child.signalCode !== null,
    async end(signal) {
      connection.close();
      if (child.exitCode === null && child.signalCode === null) process.kill(pid, signal);
      return { status: (await exited).status, stderr };
    },
  };
}
