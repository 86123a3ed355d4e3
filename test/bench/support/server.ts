import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { connect, type Connection } from '#rpc';
import { cpuMs, residentMb } from './process-use.js';

const mainOf = (app: string) => fileURLToPath(new URL(`../../../apps/${app}/main.js`, import.meta.url));

export interface ServerOptions {
  /** Default `standalone`. */
  readonly app?: 'standalone' | 'auditor';
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** In front of Node: a tracer. */
  readonly under?: readonly string[];
  readonly nodeArgs?: readonly string[];
}

/** The embedded default, or one service of it, as a process of its own. */
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

const heapOf = (growingPercent: number) => ({
  nodeArgs: ['--max-semi-space-size=8', `--heap-growing-percent=${growingPercent}`],
  env: { MALLOC_ARENA_MAX: '1' },
});

/** What bounds the heap of the embedded server, which starts itself so: `apps/standalone/main`. */
export const embeddedHeap = heapOf(30);
/** And when its history has been replayed: `apps/standalone/start-standalone`. */
export const embeddedHeapLater = heapOf(80);

const ofStandalone = {
  HOLDFAST_LOG_LEVEL: 'error',
  HOLDFAST_SANDBOX: 'process',
  HOLDFAST_EXIT_WITH_STDIN: '1',
};

/** Arguments for Node of every server that is started: `HOLDFAST_BENCH_NODE_ARGS="--cpu-prof"`. */
const everyServer = (process.env['HOLDFAST_BENCH_NODE_ARGS'] ?? '').split(' ').filter((arg) => arg !== '');

export async function startServer(options: ServerOptions): Promise<Server> {
  const { app = 'standalone', dataDir, env = {}, under = [], nodeArgs = [] } = options;
  const [program = '', ...args] = [...under, process.execPath, ...everyServer, ...nodeArgs, mainOf(app)];
  const startedAt = performance.now();
  const child = spawn(program, args, {
    env: {
      ...{ PATH: process.env['PATH'] ?? '', HOLDFAST_DATA_DIR: dataDir, HOLDFAST_GRPC_PORT: '0' },
      ...(app === 'standalone' ? ofStandalone : { HOLDFAST_LOG_LEVEL: 'info' }),
      ...env,
    },
    stdio: ['pipe', 'pipe', app === 'standalone' ? 'inherit' : 'pipe'],
  });
  const ended = once(child, 'exit');
  // A service by itself says in its log where it listens.
  const lines = createInterface({ input: child.stderr ?? (child.stdout as Readable) });
  const first = new Promise<string>((resolve) =>
    lines.on('line', (line) => line.includes('"address"') && resolve(line)),
  );
  const line = await Promise.race([
    first,
    ended.then(() => Promise.reject(new Error('the server did not start'))),
  ]);
  const readyAfterMs = performance.now() - startedAt;
  const { pid = child.pid as number, address } = JSON.parse(line) as { pid?: number; address: string };
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
