import type { DatabaseSync } from 'node:sqlite';
import { DomainError } from '#kernel';

const version = 1;

/**
 * `seq` is the order of the whole store, dense from 1, counted by the one writer. Names that repeat are stored once.
 * `kind` repeats in `events` so that a filtered read is one range of an index.
 */
const tables = `
  CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL) STRICT;
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES streams,
    revision INTEGER NOT NULL,
    kind INTEGER NOT NULL REFERENCES names,
    type INTEGER NOT NULL REFERENCES names,
    event_id BLOB NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_by_stream ON events (stream, revision);
  CREATE UNIQUE INDEX events_by_id ON events (event_id);
  CREATE INDEX events_by_kind ON events (kind, seq);
  PRAGMA user_version = ${version};
`;

/** @throws STORE_VERSION for a file that a later release wrote */
export function createTables(database: DatabaseSync): void {
  const { user_version: found } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (found === version) return;
  if (found !== 0) {
    throw new DomainError(
      'unavailable',
      'STORE_VERSION',
      `the event store has format ${found}; this release reads ${version}`,
    );
  }
  database.exec(`BEGIN IMMEDIATE; ${tables} COMMIT;`);
}
