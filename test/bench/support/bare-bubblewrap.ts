import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Wrapping } from './bare-script.js';

/** Of the host, read-only: what a script needs to run. */
function hostArgs(): string[] {
  const top = ['/bin', '/sbin', '/lib', '/lib32', '/lib64'].filter((path) => existsSync(path));
  const shown = top.flatMap((path) =>
    lstatSync(path).isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path],
  );
  return ['--ro-bind', '/usr', '/usr', ...shown];
}

const namespaces = [
  ...['--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup-try', '--unshare-net'],
  ...['--die-with-parent', '--new-session', '--hostname', 'bare'],
];
const devices = ['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/dev/shm', '--tmpfs', '/tmp'];

/** The namespaces and mounts that our sandbox has, typed by hand. */
export const inBubblewrap: Wrapping = (folder) => [
  ...['bwrap', ...namespaces, ...(process.getuid?.() === 0 ? [] : ['--unshare-user'])],
  ...[...hostArgs(), ...devices, '--ro-bind', folder, folder],
  ...['--bind', join(folder, 'outputs'), join(folder, 'outputs')],
  ...['--bind', join(folder, 'metrics.jsonl'), join(folder, 'metrics.jsonl')],
  ...['--ro-bind', process.execPath, '/opt/node/bin/node', '--remount-ro', '/', '--chdir', folder],
  ...['--', join(folder, 'run.sh')],
];
