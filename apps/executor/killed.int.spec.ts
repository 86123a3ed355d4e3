import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { systemClock } from '#kernel';
import { scheduler } from '#contracts';
import { openServers, untilRun, type Servers } from './testing/servers.js';

const { RUN_STATUS_COMPLETED, RUN_STATUS_RUNNING, RUN_STATUS_CANCELLED } = scheduler.RunStatus;
/** Two servers are started in each test. */
jest.setTimeout(60_000);
let servers: Servers;
beforeEach(async () => {
  servers = await openServers();
});
afterEach(() => servers.close());

/** Processes whose command line names a folder. */
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
    const first = await servers.start(point);
    const id = await servers.submit(first.client, "console.log('a result');");
    expect((await first.exited)[1]).toBe('SIGKILL');
    const second = await servers.start();
    const run = await untilRun(second.client, id, ({ status }) => status === RUN_STATUS_COMPLETED);
    expect(run.attempts.map(({ epoch, outcome }) => [epoch, outcome])).toEqual([
      [1, 'lease-expired'],
      [2, 'completed'],
    ]);
    expect(run.attempts[0]?.failure?.failureClass).toBe('executor-lost');
  });

  it('at executor:after-report-completed: the run has ended, once', async () => {
    const first = await servers.start('executor:after-report-completed');
    const id = await servers.submit(first.client, '');
    await first.exited;
    const second = await servers.start();
    const run = await untilRun(second.client, id, ({ status }) => status === RUN_STATUS_COMPLETED);
    expect(run.attempts).toHaveLength(1);
  });

  it('leaves steps behind that the next start ends', async () => {
    const first = await servers.start();
    const id = await servers.submit(
      first.client,
      `import { spawn } from 'node:child_process';
      spawn('/bin/sh', ['-c', 'exec sleep 1000'], { detached: true, stdio: 'ignore' });
      setInterval(() => {}, 1000);`,
    );
    await untilRun(first.client, id, ({ status }) => status === RUN_STATUS_RUNNING);
    const records = join(servers.dir, 'scratch', 'children');
    const recorded = () => readdir(records).catch(() => []);
    while ((await recorded()).length === 0) await systemClock.sleep(10);
    first.child.kill('SIGKILL');
    await first.exited;
    const second = await servers.start();
    await untilRun(second.client, id, ({ epoch }) => epoch === 2);
    await second.client.scheduler.cancelRun({ namespace: 'default', id, reason: 'a test' });
    const run = await untilRun(second.client, id, ({ status }) => status === RUN_STATUS_CANCELLED);
    expect(run.attempts).toHaveLength(2);
    while ((await second.client.executor.getStatus({})).attempts.length > 0) await systemClock.sleep(10);
    expect(await processesOf(servers.dir)).toEqual([]);
    expect(await recorded()).toEqual([]);
  });
});
