import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { systemChance, systemClock } from '#kernel';
import { scheduler } from '#contracts';
import { connect, type Connection } from '#rpc';
import { openWorkshop, type Workshop } from './testing/workshop.js';

const main = new URL('../standalone/main.js', import.meta.url).pathname;
const { RunStatus } = scheduler;
/** Two servers are started in each test. */
jest.setTimeout(60_000);
const running = new Set<ChildProcessWithoutNullStreams>();
let shop: Workshop;
let dir: string;

beforeEach(async () => {
  shop = await openWorkshop();
  dir = await mkdtemp(join(tmpdir(), 'holdfast-killed-'));
});
afterEach(async () => {
  for (const child of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  running.clear();
  await shop.close();
  await rm(dir, { recursive: true, force: true });
});

async function start(fault = '') {
  const { HOLDFAST_LOG_LEVEL: _, ...inherited } = process.env;
  const env = { ...inherited, HOLDFAST_DATA_DIR: dir, HOLDFAST_GRPC_PORT: '0', HOLDFAST_FAULT: fault };
  const child = spawn(process.execPath, [main], { env });
  running.add(child);
  child.stderr.resume();
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, exited, client: connect((JSON.parse(line) as { address: string }).address) };
}

async function upload(client: Connection, bytes: Uint8Array, digest: string): Promise<void> {
  const header = { digest, sizeBytes: bytes.length, offset: 0 };
  await client.registry.putBlob([{ header, data: Buffer.from(bytes) }]);
}

/** Submits a run of one script by its manifest. */
async function submit(client: Connection, script: string): Promise<string> {
  const { digest } = await shop.manifest({
    files: { 'one.mjs': script },
    steps: { one: {} },
    declared: { retry: { attempts: 3, on: ['executor-lost', 'lease-expired'] } },
  });
  for await (const blob of shop.store.list())
    await upload(client, await shop.store.read(blob.digest), blob.digest);
  const { run } = await client.scheduler.submitRun(
    {
      namespace: 'default',
      what: { $case: 'manifest', value: digest },
      overrides: Buffer.alloc(0),
      reason: 'a test',
      priority: 0,
      dryRun: false,
    },
    { idempotencyKey: systemChance.uuid() },
  );
  expect(run?.problems).toEqual([]);
  return run?.id ?? '';
}

async function untilRun(client: Connection, id: string, what: (run: scheduler.Run) => boolean) {
  for await (const { run } of client.scheduler.watchRun({ namespace: 'default', id }))
    if (run && what(run)) return run;
  throw new Error('the run ended otherwise');
}

/** Processes whose command line names a folder of this test. */
async function processesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (text.includes(folder)) found.push(pid);
  }
  return found;
}

describe('an executor that is killed with its server', () => {
  it.each([
    'executor:after-claim',
    'executor:before-step',
    'executor:before-report-step',
    'executor:before-report-completed',
  ])('at %s: after the restart the run finishes, in another attempt', async (point) => {
    const first = await start(point);
    const id = await submit(first.client, "import fs from 'node:fs'; fs.writeFileSync('outputs/a', 'a');");
    expect((await first.exited)[1]).toBe('SIGKILL');
    first.client.close();
    const second = await start();
    const run = await untilRun(second.client, id, ({ status }) => status === RunStatus.RUN_STATUS_COMPLETED);
    second.client.close();
    expect(run.attempts.map(({ epoch, outcome }) => [epoch, outcome])).toEqual([
      [1, 'lease-expired'],
      [2, 'completed'],
    ]);
    expect(run.attempts[0]?.failure?.failureClass).toBe('executor-lost');
  });

  it('at executor:after-report-completed: the run has ended, once', async () => {
    const first = await start('executor:after-report-completed');
    const id = await submit(first.client, '');
    await first.exited;
    first.client.close();
    const second = await start();
    const run = await untilRun(second.client, id, ({ status }) => status === RunStatus.RUN_STATUS_COMPLETED);
    second.client.close();
    expect(run.attempts).toHaveLength(1);
  });

  it('leaves steps behind that the next start ends', async () => {
    const first = await start();
    const spawned = "import { spawn } from 'node:child_process';";
    const script = `${spawned} spawn('/bin/sh', ['-c', 'exec sleep 1000'], { detached: true, stdio: 'ignore', cwd: process.cwd() });
      setInterval(() => {}, 1000);`;
    const id = await submit(first.client, script);
    await untilRun(first.client, id, ({ status }) => status === RunStatus.RUN_STATUS_RUNNING);
    while ((await readdir(join(dir, 'scratch', 'children')).catch(() => [])).length === 0)
      await systemClock.sleep(10);
    first.child.kill('SIGKILL');
    await first.exited;
    first.client.close();
    const second = await start();
    await untilRun(second.client, id, ({ epoch }) => epoch === 2);
    await second.client.scheduler.cancelRun({ namespace: 'default', id, reason: 'a test' });
    const run = await untilRun(second.client, id, ({ status }) => status === RunStatus.RUN_STATUS_CANCELLED);
    expect(run.attempts).toHaveLength(2);
    const { attempts } = await second.client.executor.getStatus({});
    expect(attempts).toEqual([]);
    second.client.close();
    expect(await processesOf(dir)).toEqual([]);
    expect(await readdir(join(dir, 'scratch', 'children')).catch(() => [])).toEqual([]);
  });

  it('drains when it is told to', async () => {
    const { client } = await start();
    const before = await client.executor.getStatus({});
    expect(before).toMatchObject({ pool: 'default', draining: false, attempts: [] });
    await expect(client.executor.drain({ reason: '' })).rejects.toMatchObject({ kind: 'invalid' });
    expect(await client.executor.drain({ reason: 'a test' })).toEqual({ attemptsLeft: 0 });
    expect(await client.executor.getStatus({})).toMatchObject({ draining: true });
    const id = await submit(client, '');
    const run = await client.scheduler.getRun({ namespace: 'default', id });
    expect(run.run?.status).toBe(RunStatus.RUN_STATUS_QUEUED);
    client.close();
  });
});
