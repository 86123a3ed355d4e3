import { constants, type BigIntStats } from 'node:fs';
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises';

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * Opens a name within an open folder, as openat(2) does: `/proc/self/fd/<n>/` is the folder itself, whatever its path leads
 * to by now. Never follows a link and never waits for a pipe.
 */
const below = (folder: FileHandle, name: string): string => `/proc/self/fd/${folder.fd}/${name}`;

export const openFolder = (path: string): Promise<FileHandle> =>
  open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);

export const openFolderAt = (folder: FileHandle, name: string): Promise<FileHandle> =>
  openFolder(below(folder, name));

export const statAt = (folder: FileHandle, name: string): Promise<BigIntStats> =>
  lstat(below(folder, name), { bigint: true });

/** Undefined when what is opened is no longer the regular file that was looked at. */
export async function openFileAt(
  folder: FileHandle,
  name: string,
  expected: BigIntStats,
): Promise<FileHandle | undefined> {
  const file = await open(below(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const { dev, ino } = await file.stat({ bigint: true });
  if (dev === expected.dev && ino === expected.ino) return file;
  await file.close();
  return undefined;
}

/** Names in byte order; undefined in place of one that is not UTF-8. */
export async function namesIn(folder: FileHandle): Promise<(string | undefined)[]> {
  const names = await readdir(`/proc/self/fd/${folder.fd}`, { encoding: 'buffer' });
  return names.sort(Buffer.compare).map((bytes) => {
    const text = bytes.toString('utf8');
    return Buffer.from(text).equals(bytes) ? text : undefined;
  });
}

/** A path by which others of this process can open the same file, renamed or removed meanwhile or not. */
export const pathOfHandle = (file: FileHandle): string => `/proc/self/fd/${file.fd}`;
