// The launcher: a process that stays small, so that starting others from it is cheap. It holds no more of them than their
// numbers, and ends when the server does; what it started dies with it.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { fdOf, type Asked, type ToLaunch, type Told } from './launcher-messages.js';
import { sendSignal, startTimeIn } from './proc.js';

process.title = 'holdfast-launcher';
// A signal to the group of the server is for the server, which ends steps in an orderly way.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

/** What runs, by id; each leads its own process group. */
const running = new Map<number, { readonly pid: number; readonly door: Socket }>();
const leave = () => {
  for (const { pid } of running.values()) sendSignal(-pid, 'SIGKILL');
  process.exit();
};
process.on('disconnect', leave);
// The channel does not tell of the end of a server that was killed before it took a socket over; this does.
process.stdin.on('close', leave).resume();

const tell = (told: Told, end?: Socket): void => void process.send?.(told, end, {}, () => undefined);

function launch({ id, argv: [file, ...args], env, cwd, uid, ends, entrances }: ToLaunch): void {
  const user = uid === null ? {} : { uid, gid: uid };
  const files: number[] = [];
  let child: ChildProcess;
  try {
    for (const path of entrances) files.push(openSync(path, 'w'));
    const pipes = Array.from({ length: ends.length + 1 }, () => 'pipe' as const);
    child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', ...pipes, ...files], ...user });
  } finally {
    for (const file of files) closeSync(file);
  }
  child.once('error', (error) => tell({ id, what: 'failed', why: error.message }));
  const { pid } = child;
  if (pid === undefined) return;
  const door = child.stdio[3] as Socket;
  door.on('error', () => undefined);
  running.set(id, { pid, door });
  // Not waited for yet, so it is there under this number, whatever became of it.
  const startTime = startTimeIn(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  for (const end of ends) tell({ id, what: 'end', end, pid, startTime }, child.stdio[fdOf[end]] as Socket);
  child.once('exit', (exitCode, signal) => {
    running.delete(id);
    door.destroy();
    tell({ id, what: 'exited', exitCode, signal });
  });
}

process.on('message', (asked: Asked) => {
  if ('go' in asked) return void running.get(asked.id)?.door.end('go\n');
  try {
    launch(asked);
  } catch (error) {
    tell({ id: asked.id, what: 'failed', why: (error as Error).message });
  }
});
