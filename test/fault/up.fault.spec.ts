import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { staying } from '../support/staying.js';
import { traces } from './traces.js';

const main = new URL('../../apps/cli/main.js', import.meta.url).pathname;
const started: ChildProcessWithoutNullStreams[] = [];
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'holdfast-up-'));
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGINT');
    await once(child, 'exit');
  }
  await rm(dataDir, { recursive: true, force: true });
});

/** `holdfast up`: its first line, or how it ended without one. */
function up() {
  const child = spawn(process.execPath, [main, 'up', '--data-dir', dataDir], {
    env: { PATH: process.env['PATH'], HOME: dataDir },
  });
  started.push(child);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([status]) => ({ status: status as number, stderr }));
  const line = once(createInterface({ input: child.stdout }), 'line').then(([text]) => ({
    address: text as string,
  }));
  return { child, ended, first: Promise.race([line, ended]) };
}
const record = async () =>
  JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8')) as { pid: number; address: string };

describe('holdfast up, twice on one folder', () => {
  it('at once: one answers, the other one names the process that has the folder', async () => {
    const both = [up(), up()];
    const [loser, winner] = (await Promise.all(both.map(({ first }) => first))).sort((a) =>
      'status' in a ? -1 : 1,
    );
    expect(winner).toEqual({ address: (await record()).address });
    expect(loser).toMatchObject({ status: 6 });
    const { stderr } = loser as { stderr: string };
    expect(stderr).toMatch(/(STORE_IN_USE|SERVER_RUNNING) .*(process \d+|another process)/);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('after the server was killed: the second one goes on, although its pid is somebody else’s by now', async () => {
    const { first, ended } = up();
    await first;
    const { pid, address } = await record();
    process.kill(pid, 'SIGKILL');
    expect(await ended).toMatchObject({ status: 6, stderr: expect.stringContaining('SERVER_ENDED') });
    await writeFile(join(dataDir, 'server.json'), JSON.stringify({ pid: process.pid, address }));
    const second = up();
    expect(await second.first).toEqual({ address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
    second.child.kill('SIGINT');
    expect(await second.ended).toMatchObject({ status: 0 });
    expect(await staying(() => traces(dataDir))).toEqual([]);
  });
});
