// A server as a child process with a folder and a port of its own. It ends when this process does, however that goes: it watches its
// standard input. It never keeps this process alive.
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const START_LIMIT_MS = 90_000;
const STOP_LIMIT_MS = 5_000;
const prefix = 'holdfast-server-';

/** Taken by nobody now; on 127.0.0.1. */
export const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** What processes that were killed could not remove themselves. */
function sweep() {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

const ends = new Set();
process.on('exit', () => {
  for (const end of ends) end();
});

/** Until it answers. @throws Error with the end of its log */
async function untilAnswers(child, { name, answers, port, log }) {
  const giveUpAt = performance.now() + START_LIMIT_MS;
  let over = false;
  child.once('error', () => (over = true));
  const ended = () => over || child.exitCode !== null || child.signalCode !== null;
  while (!(await answers(port).catch(() => false))) {
    if (ended() || performance.now() > giveUpAt) {
      if (!ended()) child.kill('SIGKILL');
      const said = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').slice(-20).join('\n') : '';
      throw new Error(`${name} did not start\n${said}`);
    }
    await wait(30);
  }
}

const ended = (child) =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', resolve));

/**
 * @param {{ name: string, url(port: number): string, answers(port: number): Promise<boolean>, command(at: { dir: string, port: number }): Promise<{ command: string, args: string[], env?: object }> }} server
 * @param {{ dir?: string, port?: number, durable?: boolean }} where a folder that is given is kept; not `durable`: what was written
 *   need not outlive the process
 */
export async function startProcess(server, where = {}) {
  sweep();
  const dir = where.dir ?? mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  mkdirSync(dir, { recursive: true });
  const port = where.port ?? (await freePort());
  const log = join(dir, 'server.log');
  let child;
  const start = async () => {
    const { command, args, env = {} } = await server.command({ dir, port, durable: where.durable ?? true });
    const out = openSync(log, 'a');
    child = spawn(command, args, {
      cwd: dir,
      env: { ...process.env, ...env },
      stdio: ['pipe', out, out],
      // A ctrl-c is for whoever started it; then it ends too.
      detached: true,
    });
    closeSync(out);
    child.stdin.on('error', () => {});
    child.stdin.unref();
    child.unref();
    await untilAnswers(child, { ...server, port, log });
  };
  const end = () => {
    child?.kill('SIGKILL');
    if (where.dir === undefined) rmSync(dir, { recursive: true, force: true });
  };
  ends.add(end);
  const kill = async () => {
    child.ref();
    child.kill('SIGKILL');
    await ended(child);
  };
  const stop = async () => {
    child.ref();
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended(child);
    clearTimeout(late);
    ends.delete(end);
    end();
  };
  try {
    await start();
  } catch (error) {
    ends.delete(end);
    end();
    throw error;
  }
  return {
    url: server.url(port),
    port,
    dir,
    kill,
    stop,
    restart: async () => {
      await kill();
      await start();
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}
