import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface DatabaseOptions {
  readonly readOnly?: boolean;
  /** Pages of 4 KiB that the file may grow to; for tests of a full disk. */
  readonly maxPages?: number;
}

/** Opens a database in WAL mode in which a commit is on disk when it returns (`synchronous=FULL`). */
export function openDatabase(path: string, options: DatabaseOptions = {}): DatabaseSync {
  if (!options.readOnly) mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { readOnly: options.readOnly ?? false });
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA cache_size = -16384;');
  if (options.readOnly) return database;
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
  if (options.maxPages !== undefined)
    database.exec(`PRAGMA max_page_count = ${Math.trunc(options.maxPages)}`);
  return database;
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
