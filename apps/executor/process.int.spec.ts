import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import { scheduler } from '#contracts';
import { openServers, untilRun, type Server, type Servers } from './testing/servers.js';

const { RUN_STATUS_COMPLETED, RUN_STATUS_QUEUED, RUN_STATUS_RUNNING } = scheduler.RunStatus;
let servers: Servers;
let elsewhere: string;
/** It serves all of them; one ends it and starts another. */
let server: Server;
beforeAll(async () => {
  servers = await openServers();
  server = await servers.start();
  elsewhere = await mkdtemp(join(tmpdir(), 'holdfast-elsewhere-'));
});
afterAll(async () => {
  await servers.close();
  await rm(elsewhere, { recursive: true, force: true });
});

describe('an executor as a process of its own', () => {
  it('takes the runs of its pool from a scheduler elsewhere, and leaves when it is stopped', async () => {
    const { client, address } = server;
    const { child, ended } = servers.startExecutor({
      HOLDFAST_SCHEDULER_ADDRESS: address,
      HOLDFAST_POOL: 'other',
      HOLDFAST_LABELS: 'site=north',
      HOLDFAST_DATA_DIR: elsewhere,
      HOLDFAST_ARTIFACT_STORE: `file:${join(servers.dir, 'artifacts')}`,
    });
    const id = await servers.submit(client, "console.log('from elsewhere')", 'other');
    const run = await untilRun(client, id, ({ status }) => status === RUN_STATUS_COMPLETED);
    const { id: own } = JSON.parse(await readFile(join(elsewhere, 'executor.json'), 'utf8')) as {
      id: string;
    };
    expect(run.executor).toBe(own);
    child.kill('SIGTERM');
    expect((await ended).status).toBe(0);
    const list = () => client.scheduler.listExecutors({ pool: 'other', pageSize: 0, pageToken: '' });
    const mode = async () => (await list()).executors.map(({ mode }) => mode).join();
    while ((await mode()) !== 'left') await systemClock.sleep(20);
    expect((await list()).executors).toMatchObject([{ id: own, labels: { site: 'north' } }]);
  });

  it('says what it needs, and refuses a folder that another one has', async () => {
    const alone = await servers.startExecutor({ HOLDFAST_DATA_DIR: elsewhere }).ended;
    expect(alone.status).toBe(2);
    expect(alone.stderr).toContain('HOLDFAST_SCHEDULER_ADDRESS');
    const env = { HOLDFAST_DATA_DIR: servers.dir, HOLDFAST_SCHEDULER_ADDRESS: server.address };
    const second = await servers.startExecutor(env).ended;
    expect(second.status).toBe(1);
    expect(second.stderr).toContain(`in use by process ${server.child.pid}`);
  });
});

describe('the executor of an embedded server', () => {
  it('ends what it has when the server is stopped, tells so, and leaves the pool', async () => {
    const { client, child, exited } = server;
    const id = await servers.submit(client, 'setTimeout(() => {}, 300);');
    // Mostly in the middle of it; a machine that is slow to tell us may be at its end.
    await untilRun(
      client,
      id,
      ({ status }) => status === RUN_STATUS_RUNNING || status === RUN_STATUS_COMPLETED,
    );
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    server = await servers.start();
    const run = await untilRun(server.client, id, ({ status }) => status === RUN_STATUS_COMPLETED);
    expect(run.attempts).toHaveLength(1);
  });

  it('drains when it is told to, and says what it does', async () => {
    const { client, logged } = server;
    expect(await client.executor.getStatus({})).toMatchObject({
      pool: 'default',
      draining: false,
      attempts: [],
    });
    await expect(client.executor.drain({ reason: '' })).rejects.toMatchObject({ kind: 'invalid' });
    expect(await client.executor.drain({ reason: 'because of my knee' })).toEqual({ attemptsLeft: 0 });
    // Nobody can take back what stands in a log.
    while (!logged().includes('draining')) await systemClock.sleep(5);
    expect(logged()).not.toContain('knee');
    expect(await client.executor.getStatus({})).toMatchObject({ draining: true });
    const id = await servers.submit(client, '');
    const { run } = await client.scheduler.getRun({ namespace: 'default', id });
    expect(run?.status).toBe(RUN_STATUS_QUEUED);
  });
});
