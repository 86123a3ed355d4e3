import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemChance } from '#kernel';
import type { scheduler } from '#contracts';
import { connect, type Connection } from '#rpc';
import { openWorkshop } from './workshop.js';

const standalone = new URL('../../standalone/main.js', import.meta.url).pathname;
const own = new URL('../main.js', import.meta.url).pathname;

export interface Server {
  readonly child: ChildProcessWithoutNullStreams;
  /** Status and signal. */
  readonly exited: Promise<[number | null, string | null]>;
  readonly client: Connection;
  readonly address: string;
  /** What it has logged so far. */
  logged(): string;
}

/** Processes of their own, in a folder of their own, to be killed by a test. */
export interface Servers {
  readonly dir: string;
  /** The embedded server; it ends itself at the n-th passing of a point: `executor:after-claim`. */
  start(fault?: string): Promise<Server>;
  /** An executor as a process of its own; what it said on stderr when it ended. */
  startExecutor(env: Readonly<Record<string, string>>): {
    readonly child: ChildProcessWithoutNullStreams;
    readonly ended: Promise<{ readonly status: number | null; readonly stderr: string }>;
  };
  /** Submits a run of one script by its manifest. */
  submit(client: Connection, script: string, pool?: string): Promise<string>;
  close(): Promise<void>;
}

export async function openServers(): Promise<Servers> {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-servers-'));
  const shop = await openWorkshop();
  const running = new Set<ChildProcessWithoutNullStreams>();
  const clients = new Set<Connection>();
  const run = (main: string, more: Readonly<Record<string, string>>) => {
    const { HOLDFAST_LOG_LEVEL: _, ...inherited } = process.env;
    const child = spawn(process.execPath, [main], {
      env: { ...inherited, HOLDFAST_GRPC_PORT: '0', ...more },
    });
    running.add(child);
    return child;
  };
  return {
    dir,
    async start(fault = '') {
      const child = run(standalone, { HOLDFAST_DATA_DIR: dir, HOLDFAST_FAULT: fault });
      let logged = '';
      child.stderr.on('data', (text: Buffer) => (logged += text.toString()));
      const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
      const line = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
      const [first] = await Promise.race([line, exited]);
      if (typeof first !== 'string') throw new Error(`the server did not start: ${logged}`);
      const { address } = JSON.parse(first) as { address: string };
      const client = connect(address);
      clients.add(client);
      return { child, exited, client, address, logged: () => logged };
    },
    startExecutor(env) {
      const child = run(own, env);
      let stderr = '';
      child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
      const ended = once(child, 'close').then(([status]) => ({ status: status as number | null, stderr }));
      return { child, ended };
    },
    async submit(client, script, pool) {
      const retry = { attempts: 3, on: ['executor-lost', 'lease-expired'] } as const;
      const experiment = { files: { 'one.mjs': script }, steps: { one: {} }, declared: { retry } };
      const { digest } = await shop.manifest(experiment);
      for await (const blob of shop.store.list()) {
        const header = { digest: blob.digest, sizeBytes: blob.sizeBytes, offset: 0 };
        const data = Buffer.from(await shop.store.read(blob.digest));
        await client.registry.putBlob([{ header, data }]);
      }
      const what = { $case: 'manifest', value: digest } as const;
      const about = { namespace: 'default', overrides: Buffer.alloc(0), reason: 'a test', pool };
      const request = { ...about, what, priority: 0, dryRun: false };
      const { run } = await client.scheduler.submitRun(request, { idempotencyKey: systemChance.uuid() });
      if (run?.problems.length !== 0) throw new Error(`refused: ${JSON.stringify(run?.problems)}`);
      return run.id;
    },
    async close() {
      for (const client of clients) client.close();
      for (const child of running) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await shop.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The run as soon as it is as wanted. */
export async function untilRun(
  client: Connection,
  id: string,
  what: (run: scheduler.Run) => boolean,
): Promise<scheduler.Run> {
  for await (const { run } of client.scheduler.watchRun({ namespace: 'default', id }))
    if (run && what(run)) return run;
  throw new Error('the run ended otherwise');
}
