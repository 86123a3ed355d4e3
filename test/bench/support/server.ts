import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connect, type Connection } from '#rpc';
import { cpuMs, residentMb } from './process-use.js';

const main = fileURLToPath(new URL('../../../apps/standalone/main.js', import.meta.url));

export interface ServerOptions {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** In front of Node: a tracer. */
  readonly under?: readonly string[];
  readonly nodeArgs?: readonly string[];
}

/** The embedded default as a process of its own. */
export interface Server {
  readonly pid: number;
  readonly dataDir: string;
  readonly readyAfterMs: number;
  readonly connection: Connection;
  /** Another client, with a connection of its own. */
  client(): Connection;
  cpuMs(): number;
  residentMb(which?: 'now' | 'most'): number;
  stop(): Promise<void>;
}

/** Arguments for Node of every server that is started: `HOLDFAST_BENCH_NODE_ARGS="--cpu-prof"`. */
const everyServer = (process.env['HOLDFAST_BENCH_NODE_ARGS'] ?? '').split(' ').filter((arg) => arg !== '');

export async function startServer(options: ServerOptions): Promise<Server> {
  const { dataDir, env = {}, under = [], nodeArgs = [] } = options;
  const [program = '', ...args] = [...under, process.execPath, ...everyServer, ...nodeArgs, main];
  const startedAt = performance.now();
  const child = spawn(program, args, {
    env: {
      ...{ PATH: process.env['PATH'] ?? '', HOLDFAST_DATA_DIR: dataDir, HOLDFAST_GRPC_PORT: '0' },
      ...{ HOLDFAST_LOG_LEVEL: 'error', HOLDFAST_SANDBOX: 'process', HOLDFAST_EXIT_WITH_STDIN: '1', ...env },
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const first = once(createInterface({ input: child.stdout }), 'line');
  const [line] = (await Promise.race([
    first,
    ended.then(() => Promise.reject(new Error('the server did not start'))),
  ])) as [string];
  const readyAfterMs = performance.now() - startedAt;
  const { pid, address } = JSON.parse(line) as { readonly pid: number; readonly address: string };
  const connections: Connection[] = [];
  const client = () => {
    const connection = connect(address);
    connections.push(connection);
    return connection;
  };
  return {
    ...{ pid, dataDir, readyAfterMs, connection: client(), client },
    cpuMs: () => cpuMs(pid),
    residentMb: (which) => residentMb(pid, which),
    async stop() {
      for (const connection of connections) connection.close();
      process.kill(pid, 'SIGTERM');
      await ended;
    },
  };
}
