import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { answers, until } from './answering.js';
import { inChild } from './in-child.js';
import type { TestServer } from './index.js';
import { inRoot } from './root.js';

/** A server that answers, and counts its starts in its folder. */
const program = `
const [dir, port] = process.argv.slice(1);
require('fs').appendFileSync(dir + '/starts', 'x');
require('net').createServer((s) => s.on('error', () => {}).on('data', () => s.write('yes'))).listen(Number(port), '127.0.0.1');
`;
const lame = `console.log('no room left'); process.exit(3)`;
const watchdog = inRoot('infra/servers/ends-with-parent.mjs');
const processes = inRoot('infra/servers/processes.mjs');

const serverOf = (code: string) => ({
  name: 'counting',
  url: (port: number) => `test://127.0.0.1:${port}`,
  answers,
  command: async ({ dir, port }: { dir: string; port: number }) => ({
    command: process.execPath,
    args: ['--import', watchdog, '-e', code, dir, `${port}`],
  }),
});

interface Processes {
  startProcess(server: ReturnType<typeof serverOf>, where?: { readonly dir?: string }): Promise<TestServer>;
}
const { startProcess } = (await import(processes)) as Processes;
const started: TestServer[] = [];
const start = async (where?: { readonly dir?: string }) => {
  const server = await startProcess(serverOf(program), where);
  started.push(server);
  return server;
};
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

describe('a server of a spec’s own', () => {
  it('is killed and comes back at the same place with the same data', async () => {
    const server = await start();
    expect(server.url).toBe(`test://127.0.0.1:${server.port}`);
    await server.kill();
    expect(await answers(server.port)).toBe(false);
    await server.restart();
    await until(() => answers(server.port));
    expect(readFileSync(join(server.dir, 'starts'), 'utf8')).toBe('xx');
  });

  it('falls silent, and is killed all the same', async () => {
    const server = await start();
    server.pause();
    expect(await answers(server.port)).toBe(false);
    server.resume();
    await until(() => answers(server.port));
    server.pause();
    await server.kill();
    await server.restart();
    await until(() => answers(server.port));
  });

  it('takes its folder with it, but not one that it was given', async () => {
    const given = mkdtempSync(join(tmpdir(), 'holdfast-given-'));
    const [own, other] = [await start(), await start({ dir: given })];
    await Promise.all([own.stop(), other.stop()]);
    expect([existsSync(own.dir), existsSync(given), await answers(own.port)]).toEqual([false, true, false]);
    rmSync(given, { recursive: true });
  });

  it('says why it did not start', async () => {
    await expect(startProcess(serverOf(lame))).rejects.toThrow('counting did not start\nno room left');
  });

  it('ends with whoever started it, though that was killed; the next one tidies up', async () => {
    const child = inChild(`
      import { startProcess } from ${JSON.stringify(processes)};
      const answers = async (port) => (await fetch('http://127.0.0.1:' + port)).status < 500;
      const code = 'require("http").createServer((_, r) => r.end()).listen(Number(process.argv[2]), "127.0.0.1")';
      const args = (dir, port) => ['--import', ${JSON.stringify(watchdog)}, '-e', code, dir, String(port)];
      const command = async ({ dir, port }) => ({ command: process.execPath, args: args(dir, port) });
      const { port, dir } = await startProcess({ name: 'orphan', url: String, answers, command });
      console.log(JSON.stringify({ port, dir }));
      setInterval(() => {}, 1e6);`);
    const { port, dir } = JSON.parse(await child.line()) as { port: number; dir: string };
    expect(readdirSync(dir)).toContain('server.log');
    await child.kill();
    await until(async () => !(await answers(port)));
    await start();
    expect(existsSync(dir)).toBe(false);
  });
});
