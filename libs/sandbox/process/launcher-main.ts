// The launcher: a process that stays small, so that starting others from it is cheap. It holds no more of them than their
// numbers, and ends when the server does; what it started dies with it.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { ToLaunch, Told } from './launcher-messages.js';

process.title = 'holdfast-launcher';
// A signal to the group of the server is for the server, which ends steps in an orderly way.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit());
// The channel does not tell of the end of a server that was killed before it took a socket over; this does.
process.stdin.on('close', () => process.exit()).resume();

const tell = (told: Told, end?: Socket): void => void process.send?.(told, end, {}, () => undefined);

function launch({ id, argv: [file, ...args], env, cwd, uid, ends, entrances }: ToLaunch): void {
  const user = uid === null ? {} : { uid, gid: uid };
  const files: number[] = [];
  let child: ChildProcess;
  try {
    for (const path of entrances) files.push(openSync(path, 'w'));
    const stdio = ['ignore' as const, ...ends.map(() => 'pipe' as const), ...files];
    child = spawn(file, args, { cwd, env, detached: true, stdio, ...user });
  } finally {
    for (const file of files) closeSync(file);
  }
  child.once('error', (error) => tell({ id, what: 'failed', why: error.message }));
  const { pid } = child;
  if (pid === undefined) return;
  // Not waited for yet, so it is there under this number, whatever became of it.
  tell({ id, what: 'begun', pid, stat: readFileSync(`/proc/${pid}/stat`, 'utf8') });
  for (const [i, end] of ends.entries()) tell({ id, what: 'end', end }, child.stdio[i + 1] as Socket);
  child.once('exit', (exitCode, signal) => tell({ id, what: 'exited', exitCode, signal }));
}

process.on('message', (asked: ToLaunch) => {
  try {
    launch(asked);
  } catch (error) {
    tell({ id: asked.id, what: 'failed', why: (error as Error).message });
  }
});
