import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolders } from '#disk';
import { DomainError } from '#kernel';

export interface DatabaseOptions {
  readonly readOnly?: boolean;
  /**
   * For what can be made again from elsewhere: a commit outlives the process when it returns, but the last ones may be lost with the
   * power (`synchronous=NORMAL`). The file stays whole, each commit there or not.
   */
  readonly mirror?: boolean;
  /** Pages of 4 KiB that the file may grow to; for tests of a full disk. */
  readonly maxPages?: number;
  /** Another time than {@link busyMs}. */
  readonly waitsMs?: number;
}

/** How long a call waits for a program that holds SQLite's own write lock, such as a shell, before it fails. */
export const busyMs = 2000;
const walBytesKept = 64 * 2 ** 20;
/** Of pages kept by a connection; what is not there is in the system's own memory. There are as many mirrors as services. */
const [cacheKib, mirrorCacheKib] = [16_384, 4096];
/** Pages of the log of a mirror after which it is folded back into the file, which takes two syncs. */
const mirrorLogPages = 4096;

/**
 * Opens a database in WAL mode in which a commit is on disk when it returns (`synchronous=FULL`), unless it is a mirror. Damage in a page is
 * an error, not a wrong answer.
 */
export function openDatabase(path: string, options: DatabaseOptions = {}): DatabaseSync {
  if (!options.readOnly) makeFolders(dirname(path));
  const database = new DatabaseSync(path, { readOnly: options.readOnly ?? false });
  try {
    prepare(database, options);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepare(database: DatabaseSync, options: DatabaseOptions): void {
  database.exec(
    `PRAGMA busy_timeout = ${options.waitsMs ?? busyMs}; PRAGMA cache_size = -${options.mirror ? mirrorCacheKib : cacheKib}; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;`,
  );
  if (options.readOnly) return;
  database.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${options.mirror ? 'NORMAL' : 'FULL'}; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = ${walBytesKept};`,
  );
  if (options.mirror) database.exec(`PRAGMA wal_autocheckpoint = ${mirrorLogPages}`);
  if (options.maxPages !== undefined)
    database.exec(`PRAGMA max_page_count = ${Math.trunc(options.maxPages)}`);
}

/** What a file is and which format it has, written into its header. */
export interface Format {
  /** Four letters. */
  readonly mark: string;
  readonly version: number;
  /** Creates everything in an empty file. */
  readonly tables: string;
  /** What makes a file of an earlier version one of the next; files of versions that are not named here are not opened. */
  readonly raise?: Readonly<Record<number, string>>;
}

/**
 * Creates the tables in a new file; raises one of an earlier release, all of it or nothing; leaves a known one alone.
 * @throws STORE_FORMAT for a file of another kind, or one that another release wrote
 */
export function ensureFormat(database: DatabaseSync, { mark, version, tables, raise = {} }: Format): void {
  const read = (pragma: string) => Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
  const id = Buffer.from(mark, 'latin1').readInt32BE();
  const empty = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get() as { n: number };
  if (empty.n === 0) {
    inTransaction(database, () =>
      database.exec(`${tables}; PRAGMA application_id = ${id}; PRAGMA user_version = ${version};`),
    );
    return;
  }
  if (read('application_id') !== id)
    throw new DomainError('unavailable', 'STORE_FORMAT', 'the file is a database of something else');
  const found = Number(read('user_version'));
  const steps = Array.from({ length: Math.max(0, version - found) }, (_, i) => raise[found + i]);
  if (steps.length > 0 && !steps.includes(undefined))
    return inTransaction(database, () =>
      database.exec(`${steps.join(';')}; PRAGMA user_version = ${version};`),
    );
  if (found !== version) {
    throw new DomainError(
      'unavailable',
      'STORE_FORMAT',
      `the store has format ${found}; this release reads ${version}`,
    );
  }
}

/** Runs `work` in one transaction; nothing of it stays when it throws. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // Some errors, a full disk among them, have rolled back already.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
