import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolders, syncPath } from '#disk';
import { isDomainError, type FaultPoint } from '#kernel';
import { lockFor } from '#sqlite';
import { changed, checkLength, checkPath, checkUnchanged } from '../checks.js';
import type { LogFile, TileStore } from '../tile-store.js';
import { isAbsent, toDomainError } from './errors.js';

export interface FileTileStoreOptions {
  /** The log's folder; made when something is written. */
  readonly dir: string;
  /** Where tests kill the writer: `tile-store:<operation>`, between any two operations on files. */
  readonly reach?: FaultPoint | undefined;
}

/** Files on their way; a static file server serves nothing that begins with a dot. */
const newFolder = '.new';
/** A pipe in the place of a file has somebody who writes into it, or not. */
const waitingForNobody = constants.O_RDONLY | constants.O_NONBLOCK;
/** What a killed writer left there is removed when it is older. */
const abandonedMs = 60 * 60 * 1000;

/** The log as a folder: written beside, synced, renamed. */
export async function openFileTileStore({ dir, reach }: FileTileStoreOptions): Promise<TileStore> {
  const incoming = join(dir, newFolder);
  await removeAbandoned(incoming);
  const at = (path: string): string => join(dir, checkPath(path));

  async function read(path: string): Promise<Uint8Array | undefined> {
    try {
      const file = await open(at(path), waitingForNobody);
      try {
        const stat = await file.stat();
        if (!stat.isFile()) return undefined;
        const { size } = stat;
        checkLength(path, size);
        // In one go: what is read is small, and a proof reads six of them.
        const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(size), 0, size, 0);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw toDomainError(error, dir);
    }
  }

  async function write(files: readonly LogFile[]): Promise<void> {
    try {
      makeFolders(incoming);
      const names = await Promise.all(files.map(({ path, bytes }) => writeOne(at(path), bytes)));
      for (const folder of new Set(names.flat())) await syncFolder(folder);
    } catch (error) {
      throw toDomainError(error, dir);
    }
  }

  /** Resolves to the folders whose names it changed. */
  async function writeOne(path: string, bytes: Uint8Array): Promise<readonly string[]> {
    const folder = dirname(path);
    reach?.('tile-store:folder');
    const made = await mkdir(folder, { recursive: true });
    const half = join(incoming, randomUUID());
    try {
      await fill(half, bytes);
      reach?.('tile-store:rename');
      await rename(half, path);
    } catch (error) {
      // Tried again and again on a full disk, they would be many.
      await rm(half, { force: true });
      throw error;
    }
    return made === undefined ? [folder] : between(dirname(made), folder);
  }

  async function fill(path: string, bytes: Uint8Array): Promise<void> {
    reach?.('tile-store:create');
    const file = await open(path, 'wx', 0o644);
    try {
      reach?.('tile-store:fill');
      await file.writeFile(bytes);
      reach?.('tile-store:sync');
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  async function syncFolder(path: string): Promise<void> {
    reach?.('tile-store:sync-folder');
    await syncPath(path);
  }

  /** The system drops it when the process dies. Whoever finds it held comes second. */
  function lockOf(path: string): { release(): void } {
    try {
      return lockFor(join(dirname(at(path)), `.${basename(path)}`));
    } catch (error) {
      if (isDomainError(error) && error.code === 'STORE_IN_USE') throw changed(path);
      throw toDomainError(error, dir);
    }
  }

  return {
    read,
    write,
    async replace(path, bytes, before) {
      const lock = lockOf(path);
      try {
        checkUnchanged(path, await read(path), before);
        await write([{ path, bytes }]);
      } finally {
        lock.release();
      }
    },
    async remove(path) {
      reach?.('tile-store:remove');
      await rm(at(path), { recursive: true, force: true });
    },
    async list(folder) {
      try {
        const entries = await readdir(at(folder), { withFileTypes: true });
        return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
      } catch (error) {
        if (isAbsent(error)) return [];
        throw toDomainError(error, dir);
      }
    },
    close: () => Promise.resolve(),
  };
}

/** `from`, `to` and the folders between them. */
function between(from: string, to: string): readonly string[] {
  const folders = [to];
  while (folders[0] !== from && folders[0] !== dirname(folders[0] as string))
    folders.unshift(dirname(folders[0] as string));
  return folders;
}

async function removeAbandoned(incoming: string): Promise<void> {
  const names = await readdir(incoming).catch(() => []);
  for (const name of names) {
    const path = join(incoming, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > abandonedMs) await rm(path, { force: true });
  }
}
