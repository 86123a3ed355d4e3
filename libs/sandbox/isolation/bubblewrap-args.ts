import { lstat, readlink, realpath, stat } from 'node:fs/promises';

/** Where things are inside; the same on every host. */
export const inner = {
  work: '/work',
  tmp: '/tmp',
  metrics: '/run/holdfast/metrics.jsonl',
} as const;

const systemFolders = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];
const systemFiles = ['/etc/ld.so.cache', '/etc/alternatives'];
const networkFiles = [
  '/etc/resolv.conf',
  '/etc/hosts',
  '/etc/nsswitch.conf',
  '/etc/ssl',
  '/etc/ca-certificates',
];

/** Namespaces and limits on visibility that every sandbox has. `ownUser`: bubblewrap is not run by root. */
export const namespaceArgs = (ownUser: boolean, network: boolean): string[] => [
  ...['--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup-try'],
  ...(ownUser ? ['--unshare-user'] : []),
  ...(network ? [] : ['--unshare-net']),
  ...['--die-with-parent', '--new-session', '--hostname', 'holdfast'],
];

/** The folders above a target, which bubblewrap would else make for root alone. */
export function parentArgs(target: string): string[] {
  const segments = target.split('/').slice(1, -1);
  return segments.flatMap((_, i) => ['--perms', '0755', '--dir', `/${segments.slice(0, i + 1).join('/')}`]);
}

/** The host's programs and libraries, read-only, and nothing else of the host. */
export async function systemArgs(network: boolean): Promise<string[]> {
  const args = [
    '--ro-bind',
    '/usr',
    '/usr',
    '--ro-bind-try',
    '/nix/store',
    '/nix/store',
    ...parentArgs('/etc/*'),
  ];
  for (const name of systemFolders) {
    const found = await lstat(`/${name}`).catch(() => undefined);
    if (found?.isSymbolicLink()) args.push('--symlink', await readlink(`/${name}`), `/${name}`);
    else if (found?.isDirectory()) args.push('--ro-bind', `/${name}`, `/${name}`);
  }
  for (const path of [...systemFiles, ...(network ? networkFiles : [])]) {
    // A link into a folder that is not shown would dangle, so show what it leads to.
    if (await stat(path).catch(() => undefined)) args.push('--ro-bind', await realpath(path), path);
  }
  return args;
}

/** `/proc`, `/dev` with a bounded `/dev/shm`. */
export const deviceArgs = (sharedMemoryBytes: number): string[] => [
  ...['--proc', '/proc', '--dev', '/dev'],
  ...['--perms', '1777', '--size', String(sharedMemoryBytes), '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
];

/** What drops the rest of root's rights inside; bubblewrap run by root leaves them all. */
export const dropArgs = (setpriv: string, uid: number): string[] => [
  setpriv,
  ...['--reuid', String(uid), '--regid', String(uid), '--clear-groups'],
  ...['--no-new-privs', '--bounding-set=-all', '--inh-caps=-all', '--'],
];
