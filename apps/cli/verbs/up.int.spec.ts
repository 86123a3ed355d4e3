import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { holdfast } from '../testing/cli.js';
import { makeFolder, type TestFolder } from '../testing/folder.js';

let folder: TestFolder;
const started: ChildProcess[] = [];
beforeEach(() => {
  folder = makeFolder();
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  folder.remove();
});

const bin = new URL('../../../../apps/cli/bin/holdfast.mjs', import.meta.url).pathname;
const env = () => ({ PATH: process.env['PATH'], HOME: folder.path });

/** As `npx holdfast up` starts it; the first line that it prints, and how it ends. */
function up(...args: string[]) {
  const child = spawn(process.execPath, [bin, 'up', '--data-dir', folder.at('data'), ...args], {
    env: env(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const first = once(createInterface({ input: child.stdout }), 'line').then(([line]) => line as string);
  return {
    child,
    first,
    ended: once(child, 'close').then(([status]) => ({ status: status as number, stderr })),
  };
}

describe('holdfast up', () => {
  it('prints its address when it is ready, is found by other commands, and ends in order', async () => {
    const { child, first, ended } = up();
    expect(await Promise.race([first, ended])).toMatch(/^127\.0\.0\.1:\d+$/);
    const said = await holdfast(['runs', '--data-dir', folder.at('data')], { env: { HOME: folder.path } });
    expect(said).toEqual({ status: 0, stdout: '', stderr: 'no runs; `holdfast run` makes one\n' });
    const second = await holdfast(['up', '--data-dir', folder.at('data')], { env: { HOME: folder.path } });
    expect(second.status).toBe(6);
    expect(second.stderr).toMatch(/SERVER_RUNNING {2}process \d+ has .* answers at 127\.0\.0\.1:\d+/);
    child.kill('SIGINT');
    const { status, stderr } = await ended;
    expect(status).toBe(0);
    expect(stderr).toContain('stopping');
  });

  it('says what is in its way', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { status, stderr } = await up('--port', String(port)).ended;
    taken.close();
    expect(status).toBe(6);
    expect(stderr).toContain('CANNOT_LISTEN');
    expect((await up('--port', 'x').ended).stderr).toContain('PORT_INVALID');
    const nobody = await holdfast(['runs', '--server', '127.0.0.1:1'], { env: { HOME: folder.path } });
    expect(nobody.status).toBe(6);
    expect(nobody.stderr).toContain('start one with `holdfast up`');
  });
});
