import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A file system of one's own needs the right to mount, which tests do not have everywhere. */
export const mayMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

/** Starts what follows with a disk of a size such as `40m` in a folder; only it and its children see that. */
export const onSmallDisk = (dir: string, size: string): readonly string[] => [
  ...['unshare', '--mount', 'sh', '-c'],
  ...[`mount -t tmpfs -o size=${size},mode=755 tmpfs "$0" && exec "$@"`, dir],
];

/** Starts what follows with a folder that is there and can only be read. */
export const onReadOnly = (dir: string): readonly string[] => [
  ...['unshare', '--mount', 'sh', '-c'],
  ...['mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"', dir],
];

/** The folder as a process sees it. */
const seenBy = (pid: number, dir: string): string => join('/proc', String(pid), 'root', dir);
const filler = (pid: number, dir: string): string => join(seenBy(pid, dir), 'filler');

/** Leaves so many bytes on the disk of a process, to a page. */
export function fillDisk(pid: number, dir: string, leaveBytes: number): void {
  const { bavail, bsize } = statfsSync(seenBy(pid, dir));
  const file = openSync(filler(pid, dir), 'w');
  try {
    const piece = Buffer.alloc(bsize, 1);
    for (let left = bavail * bsize - leaveBytes; left > 0; left -= bsize) writeSync(file, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}

export const makeSpace = (pid: number, dir: string): void => rmSync(filler(pid, dir), { force: true });

export function enlarge(pid: number, dir: string, size: string): void {
  const remount = ['mount', '-o', `remount,size=${size}`, dir];
  execFileSync('nsenter', ['--target', String(pid), '--mount', ...remount]);
}
