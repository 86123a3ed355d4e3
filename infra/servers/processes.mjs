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
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untilAnswers } from './answers.mjs';
import { freePort } from './free-port.mjs';

const STOP_LIMIT_MS = 5_000;
/** Of one whose data must be whole afterwards. */
const HALT_LIMIT_MS = 60_000;
const prefix = 'holdfast-server-';

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

const isOver = (child) => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

/** Its threads stop one after another; until the last one has, some call may still be answered. */
function paused(child) {
  child.kill('SIGSTOP');
  const threads = `/proc/${child.pid}/task`;
  const isRunning = (thread) => {
    try {
      return !/\) [TtZX] /.test(readFileSync(join(threads, thread, 'stat'), 'utf8'));
    } catch {
      return false;
    }
  };
  while (existsSync(threads) && readdirSync(threads).some(isRunning));
}

/** Ends a child by `signal`, at the latest after a while by SIGKILL. */
async function ended(child, signal, limitMs = STOP_LIMIT_MS) {
  if (isOver(child)) return;
  const over = new Promise((resolve) => child.once('exit', resolve));
  child.ref();
  child.kill(signal);
  // What is paused takes no other signal than SIGKILL.
  child.kill('SIGCONT');
  const late = setTimeout(() => child.kill('SIGKILL'), limitMs);
  await over;
  clearTimeout(late);
}

async function launch(server, at) {
  const log = join(at.dir, 'server.log');
  const { command, args, env = {}, answered } = await server.command(at);
  const out = openSync(log, 'a');
  const child = spawn(command, args, {
    cwd: at.dir,
    env: { ...process.env, ...env },
    stdio: ['pipe', out, out],
    // A ctrl-c is for whoever started it, whose end is its own.
    detached: true,
  });
  closeSync(out);
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  child.stdin.unref();
  child.unref();
  try {
    await untilAnswers({
      ...{ name: server.name, answers: () => server.answers(at.port), runs: () => !isOver(child) },
      log: () => readFileSync(log, 'utf8').split('\n').slice(-20).join('\n'),
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  await answered?.(child.pid);
  return child;
}

/**
 * @param {{ name: string, url(port: number): string, answers(port: number): Promise<boolean>, command(at: { dir: string, port: number, durable: boolean }): Promise<{ command: string, args: string[], env?: object, answered?: (pid: number) => Promise<void> }> }} server
 * @param {{ dir?: string, durable?: boolean, advertisedPort?: number }} where a folder that is given is kept; not `durable`: what was written
 *   need not outlive the process; `advertisedPort`: where a broker says that it is, when a proxy stands before it
 */
export async function startProcess(server, { dir: given, durable = true, advertisedPort } = {}) {
  sweep();
  const dir = given ?? mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  mkdirSync(dir, { recursive: true });
  const at = { dir, port: await freePort(), durable, advertisedPort };
  let child;
  const end = () => {
    child?.kill('SIGKILL');
    if (given === undefined) rmSync(dir, { recursive: true, force: true });
  };
  ends.add(end);
  const stop = async () => {
    if (child !== undefined) await ended(child, 'SIGTERM');
    ends.delete(end);
    end();
  };
  const kill = () => ended(child, 'SIGKILL');
  const halt = () => ended(child, 'SIGTERM', HALT_LIMIT_MS);
  const restart = async () => {
    await kill();
    child = await launch(server, at);
  };
  try {
    child = await launch(server, at);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...{ url: server.url(at.port), port: at.port, dir, kill, halt, restart, stop },
    pause: () => paused(child),
    resume: () => void child.kill('SIGCONT'),
  };
}
