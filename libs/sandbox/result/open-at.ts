import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, type BigIntStats } from 'node:fs';

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** A file descriptor; whoever has opened it closes it. */
export type Open = number;

/**
 * Opens a name within an open folder, as openat(2) does: `/proc/self/fd/<n>/` is the folder itself, whatever its path leads
 * to by now. Never follows a link and never waits for a pipe.
 */
const below = (folder: Open, name: string): string => `/proc/self/fd/${folder}/${name}`;

export const openFolder = (path: string): Open => openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);

export const openFolderAt = (folder: Open, name: string): Open => openFolder(below(folder, name));

export const statAt = (folder: Open, name: string): BigIntStats =>
  lstatSync(below(folder, name), { bigint: true });

/** Undefined when what is opened is no longer the regular file that was looked at. */
export function openFileAt(folder: Open, name: string, expected: BigIntStats): Open | undefined {
  const file = openSync(below(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const { dev, ino } = fstatSync(file, { bigint: true });
  if (dev === expected.dev && ino === expected.ino) return file;
  closeSync(file);
  return undefined;
}

/** Names in byte order; undefined in place of one that is not UTF-8. */
export function namesIn(folder: Open): (string | undefined)[] {
  const names = readdirSync(`/proc/self/fd/${folder}`, { encoding: 'buffer' });
  return names.sort(Buffer.compare).map((bytes) => {
    const text = bytes.toString('utf8');
    return Buffer.from(text).equals(bytes) ? text : undefined;
  });
}

/** A path by which others of this process can open the same file, renamed or removed meanwhile or not. */
export const pathOf = (file: Open): string => `/proc/self/fd/${file}`;
