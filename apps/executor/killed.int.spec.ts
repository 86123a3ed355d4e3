import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import { scheduler } from '#contracts';
import { openServers, untilRun, type Servers } from './testing/servers.js';

const { RUN_STATUS_CANCELLED } = scheduler.RunStatus;
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

// At which points else it may be killed: test/fault/kill-points.
describe('an executor that is killed with its server', () => {
  it('leaves steps behind that the next start ends, and its attempt as lost; another one begins', async () => {
    const first = await servers.start();
    const id = await servers.submit(
      first.client,
      `import { spawn } from 'node:child_process';
      spawn('/bin/sh', ['-c', 'exec sleep 1000'], { detached: true, stdio: 'ignore' });
      setInterval(() => {}, 1000);`,
    );
    const records = join(servers.dir, 'scratch', 'children');
    const recorded = () => readdir(records).catch(() => []);
    while ((await recorded()).length === 0) await systemClock.sleep(10);
    first.child.kill('SIGKILL');
    expect((await first.exited)[1]).toBe('SIGKILL');
    const second = await servers.start();
    await untilRun(second.client, id, ({ epoch }) => epoch === 2);
    await second.client.scheduler.cancelRun({ namespace: 'default', id, reason: 'a test' });
    const run = await untilRun(second.client, id, ({ status }) => status === RUN_STATUS_CANCELLED);
    expect(run.attempts.map(({ epoch, outcome }) => [epoch, outcome])).toEqual([
      [1, 'lease-expired'],
      [2, 'cancelled'],
    ]);
    expect(run.attempts[0]?.failure?.failureClass).toBe('executor-lost');
    while ((await second.client.executor.getStatus({})).attempts.length > 0) await systemClock.sleep(10);
    expect(await processesOf(servers.dir)).toEqual([]);
    expect(await recorded()).toEqual([]);
  });
});
