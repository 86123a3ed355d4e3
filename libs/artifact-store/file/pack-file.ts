import type { DatabaseSync } from 'node:sqlite';
import { DomainError } from '#kernel';
import { busyMs, ensureFormat, openDatabase, toDomainError } from '#sqlite';
import { format } from './pack-table.js';

/** Several processes may begin a pack in the same moment, and each of them syncs before the next one can. */
const beginWithinMs = 30_000;

/** Commits are not synced, nor is the log carried over: both are left to the pack. */
export function openPackFile(path: string): DatabaseSync {
  const database = openDatabase(path, { waitsMs: beginWithinMs });
  try {
    ensureFormat(database, format);
    database.exec(
      `PRAGMA busy_timeout = ${busyMs}; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -4096; PRAGMA mmap_size = 0`,
    );
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** What an error means, and which file is the damaged one. */
export function told(error: unknown, path: string): DomainError {
  const known = toDomainError(error);
  if (known.kind !== 'integrity') return known;
  const message = `${path} is damaged; stop what uses it and restore it, or move it away: blobs become whole as they come again`;
  return new DomainError('integrity', 'STORE_CORRUPT', message, { cause: error });
}
