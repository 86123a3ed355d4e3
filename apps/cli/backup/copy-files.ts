import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';

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

/** Of a database that others write: one moment of it. Nothing where there is none. */
export async function copyDatabase(from: string, to: string): Promise<void> {
  if ((await sizeOf(from)) === undefined) return;
  await mkdir(dirname(to), { recursive: true });
  const half = `${to}.half`;
  await rm(half, { force: true });
  const database = new DatabaseSync(from, { readOnly: true });
  try {
    await backup(database, half);
  } finally {
    database.close();
  }
  asOneFile(half);
  await rename(half, to);
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
  await mkdir(dirname(target), { recursive: true });
  // Hidden: one that a kill leaves behind is no file of the copy.
  const half = join(dirname(target), `.${basename(target)}`);
  try {
    await copyFile(path, half);
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
  await rename(half, target);
  return true;
}

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
