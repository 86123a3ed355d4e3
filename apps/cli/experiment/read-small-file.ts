import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Problem } from '#kernel';
import { bytes } from '../output/units.js';

const mostBytes = 2 ** 20;

/** The bytes of a declaration, or why it is none; what is too large is not read, what is no regular file not waited for. */
export async function readSmallFile(
  path: string,
  fix = 'give the path of a file that can be read',
): Promise<{ readonly content?: Uint8Array; readonly problem?: Problem }> {
  const refused = (code: string, message: string, found?: string, way = fix) => {
    const place = { file: path, line: 1, column: 1 };
    return { problem: { code, field: '', message, fix: way, place, ...(found ? { found } : {}) } };
  };
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return refused('FILE_UNREADABLE', 'is not a file');
      if (stat.size > mostBytes) {
        const way = 'data and code belong in files of their own';
        return refused('FILE_TOO_LARGE', 'a declaration has at most 1 MiB', bytes(stat.size), way);
      }
      return { content: await file.readFile() };
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return refused('FILE_MISSING', 'there is no such file');
    return refused('FILE_UNREADABLE', `cannot be read: ${message.replace(/,.*/s, '')}`);
  }
}
