import type { Format } from '#sqlite';

const byId = 'CREATE UNIQUE INDEX events_by_id ON events (event_id, stream)';

/**
 * `seq` is the order of the whole store, dense from 1, counted by the one writer. Names that repeat are stored once.
 * `kind` repeats in `events` so that a filtered read is one range of an index for each kind.
 */
const tables = `
  CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL REFERENCES names) STRICT;
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
  ${byId};
  CREATE INDEX events_by_kind ON events (kind, seq);
`;

/** Until version 1 an id was unique in the whole store. */
export const format: Format = {
  ...{ mark: 'HFev', version: 2, tables },
  raise: { 1: `DROP INDEX events_by_id; ${byId}` },
};
