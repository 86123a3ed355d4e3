import { copyFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { makeFolders, syncPath } from '#disk';
import { DomainError, isDomainError } from '#kernel';
import { diskFault } from '../disk-fault.js';

export interface Copied {
  readonly files: number;
  readonly bytes: number;
}

export interface CopyOptions {
  readonly signal: AbortSignal;
  /** Bytes so far. */
  told(bytes: number): void;
  /** By the path below the folder; default all. */
  wanted?(path: string): boolean;
}

const isAbsent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/**
 * Copies files that are written once, under names that say what they are: one that is there with its length stays. What goes while it is copied
 * is passed over, and what came meanwhile is found by the second look.
 */
export async function copyOnce(
  from: string,
  to: string,
  { signal, told, wanted = () => true }: CopyOptions,
): Promise<Copied> {
  let [files, bytes] = [0, 0];
  for (const path of [...(await filesBelow(from)), ...(await filesBelow(from))]) {
    signal.throwIfAborted();
    const name = relative(from, path);
    if (!wanted(name)) continue;
    const target = join(to, name);
    const size = await sizeOf(path);
    if (size === undefined || (await sizeOf(target)) === size) continue;
    if (!(await copied(path, target))) continue;
    files += 1;
    told((bytes += size));
  }
  return { files, bytes };
}

/** Of a database that others write: one moment of it. Nothing where there is none. @throws DATABASE_DAMAGED */
export async function copyDatabase(
  from: string,
  to: string,
  { signal, told }: Pick<CopyOptions, 'signal' | 'told'>,
): Promise<void> {
  if ((await sizeOf(from)) === undefined) return;
  makeFolders(dirname(to));
  const half = hidden(to);
  await rm(half, { force: true });
  const database = new DatabaseSync(from, { readOnly: true });
  try {
    // Without a moment that it holds on to, a copy begins anew with each transaction of somebody else, and beside a busy writer never ends.
    database.exec('BEGIN; SELECT count(*) FROM sqlite_schema');
    const pageBytes = Number(database.prepare('PRAGMA page_size').get()?.['page_size']);
    await backup(database, half, {
      progress({ totalPages, remainingPages }) {
        signal.throwIfAborted();
        told((totalPages - remainingPages) * pageBytes);
      },
    });
    database.close();
    asOneFile(half);
  } catch (error) {
    throw signal.aborted ? error : ofDatabase(from, diskFault(error));
  } finally {
    if (database.isOpen) database.close();
  }
  await place(half, to);
}

/** SQLite does not say of which file it speaks. */
export function ofDatabase(path: string, error: unknown): unknown {
  if (!isDomainError(error)) return error;
  return new DomainError(error.kind, error.code, `${path}: ${error.message}`);
}

/** Without the files beside it that a database has which others write. */
function asOneFile(path: string): void {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = DELETE');
  database.close();
}

export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function copied(path: string, target: string): Promise<boolean> {
  makeFolders(dirname(target));
  const half = hidden(target);
  try {
    await copyFile(path, half);
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
  await place(half, target);
  return true;
}

/** Whole, or as it was before. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const half = hidden(path);
  await writeFile(half, text);
  await place(half, path);
}

/** A power failure leaves no file under its name whose bytes are not there: another copy would take it for whole. */
async function place(half: string, target: string): Promise<void> {
  await syncPath(half);
  await rename(half, target);
}

/** A folder, all below it, and the one it is in: what was placed there stays. Its files are on the disk already. */
export async function syncFolders(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const below = entries.filter((entry) => entry.isDirectory());
  const paths = below.map(({ parentPath, name }) => join(parentPath, name));
  for (const path of [...paths.reverse(), folder, dirname(resolve(folder))]) await syncPath(path);
}

/** One that a kill leaves behind is no file of the copy. */
const hidden = (path: string): string => join(dirname(path), `.${basename(path)}`);
export const isHidden = (name: string): boolean => name.startsWith('.');

/** Hidden ones are a writer's own. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !/\/\./.test(path.slice(folder.length)));
}
