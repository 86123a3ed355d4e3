import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { tileWidth } from '#evidence';
import { fault } from './fault.js';
import { longestLeaf } from './leaf.js';
import type * as S3Files from './s3-files.js';

/** Files of the log as anybody may fetch them. */
export interface LogFiles {
  /** Undefined when there is none. @param room where its bytes may lie, until another file is read into it */
  read(path: string, room?: Room): Promise<Uint8Array | undefined>;
  /** Names of files in a folder; none when there is no folder. */
  list(folder: string): Promise<readonly string[]>;
  /** How many to read at once; where reading waits for nobody, more would only be in memory together. */
  readonly together: number;
  close(): void;
}

/** Memory that is used again: what is new for each file is garbage that waits for the collector, up to 64 MiB a thread. */
export interface Room {
  bytes?: Buffer;
}

/** What is no regular file is none of the log’s, whatever its name; a link that leads nowhere as well. */
const absent = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENXIO']);
const isAbsent = (error: unknown): boolean => absent.has((error as NodeJS.ErrnoException).code ?? '');

/** A bundle of 256 entries of 65,535 bytes; what is longer is read up to there, and is not what the tree says. */
const mostBytes = tileWidth * (longestLeaf + 2) + 1;
/** Nobody is waited for who might write into it. */
const how = constants.O_RDONLY | constants.O_NONBLOCK;

function readWhole(path: string, room: Room): Uint8Array | undefined {
  const file = openSync(path, how);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) return undefined;
    const length = Math.min(stat.size, mostBytes);
    // The files of a log are nearly as long as each other, not quite.
    if (room.bytes === undefined || room.bytes.length < length)
      room.bytes = Buffer.allocUnsafe(length + Math.ceil(length / 8));
    return room.bytes.subarray(0, readSync(file, room.bytes, 0, length, 0));
  } finally {
    closeSync(file);
  }
}

async function whenReadWhole(path: string): Promise<Uint8Array | undefined> {
  const file = await open(path, how);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return undefined;
    const bytes = Buffer.allocUnsafe(Math.min(stat.size, mostBytes));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const inFolder = (root: string, waits: boolean): LogFiles => ({
  async read(path, room = {}) {
    try {
      return waits ? readWhole(join(root, path), room) : await whenReadWhole(join(root, path));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  },
  async list(folder) {
    try {
      return await readdir(join(root, folder));
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  },
  together: waits ? 1 : 16,
  close: () => undefined,
});

// By its address, so that nothing takes its client for what a start needs.
const s3Files = new URL('./s3-files.js', import.meta.url).href;

/**
 * @param place `file:PATH` or `s3://bucket/prefix?endpoint=…`
 * @param options `waits`: this thread has nothing else to do, and waits for a file at a tenth of the cost
 */
export async function openLogFiles(place: string, { waits = false } = {}): Promise<LogFiles> {
  if (place.startsWith('s3:')) return ((await import(s3Files)) as typeof S3Files).openS3Files(place);
  return inFolder(place.replace(/^file:/, ''), waits);
}

/** The same, for who tells others what stands in its way. @throws VERIFICATION_FAULT */
export const tellingFaults = (files: LogFiles): LogFiles => ({
  ...files,
  read: (path, room) => files.read(path, room).catch(rethrown),
  list: (folder) => files.list(folder).catch(rethrown),
});

const rethrown = (error: unknown): never => {
  throw fault(error);
};
