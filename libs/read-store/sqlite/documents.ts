import type { DatabaseSync } from 'node:sqlite';
import type { FaultPoint } from '#kernel';
import { inTransaction } from '#sqlite';
import { collectionNotFound, leaseLost } from '../checkpoints.js';
import type { Checkpoint, Lease } from '../read-store.js';
import { openCommits } from './commits.js';
import { makeTables, readLayout, tableOf, wideTable, type Layout } from './layout.js';
import type { Operations } from './operations.js';
import { countOf, pageOf } from './sql.js';
import { openStatements } from './statements.js';

export function createTables(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE IF NOT EXISTS checkpoints (collection TEXT PRIMARY KEY, position TEXT NOT NULL, events INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS leases (name TEXT PRIMARY KEY, owner TEXT NOT NULL, token INTEGER NOT NULL, expires REAL NOT NULL) STRICT;
  `);
  // This process holds the file alone, so whoever had a lease is gone; tokens stay, and old ones stay powerless.
  database.exec('UPDATE leases SET expires = 0');
}

/** Everything the store does, on one connection; each call is one transaction or one statement. */
export function openOperations(database: DatabaseSync, reach: FaultPoint = () => {}): Operations {
  const prepare = openStatements(database);
  const layouts = new Map<string, Layout>();
  const docs = (rows: unknown[]): string[] => rows.map((row) => (row as { doc: string }).doc);

  const exists = (collection: string): boolean =>
    prepare(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'c:' || ?`).get(collection) !==
    undefined;

  const layoutOf = (collection: string): Layout => {
    const known = layouts.get(collection);
    if (known) return known;
    if (!exists(collection)) throw collectionNotFound(collection);
    const read = readLayout(database, collection);
    layouts.set(collection, read);
    return read;
  };

  /** The table of a collection that is there. */
  const tableIn = (collection: string): string => {
    const table = tableOf(collection);
    layoutOf(collection);
    return table;
  };

  const checkpoint = (collection: string): Checkpoint | undefined =>
    prepare('SELECT position, events FROM checkpoints WHERE collection = ?').get(collection) as
      Checkpoint | undefined;

  const getSetting = (key: string): string | undefined =>
    (prepare('SELECT value FROM settings WHERE key = ?').get(key) as { value: string } | undefined)?.value;

  const newestToken = (name: string): number | undefined =>
    (prepare('SELECT token FROM leases WHERE name = ?').get(name) as { token: number } | undefined)?.token;

  return {
    ensureCollection({ name, indexes }) {
      tableOf(name);
      layouts.delete(name);
      inTransaction(database, () => makeTables(database, name, indexes));
    },

    dropCollection({ name, lease }) {
      const table = tableOf(name);
      if (lease && newestToken(lease.name) !== lease.token) throw leaseLost(name);
      if (!exists(name)) return;
      const { wide } = layoutOf(name);
      layouts.delete(name);
      inTransaction(database, () => {
        for (const fields of wide) database.exec(`DROP TABLE ${wideTable(name, fields)}`);
        database.exec(`DROP TABLE IF EXISTS ${table}`);
        prepare('DELETE FROM checkpoints WHERE collection = ?').run(name);
      });
    },

    collections: () =>
      prepare(
        `SELECT substr(name, 3) AS name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'c:*' ORDER BY name`,
      )
        .all()
        .map((row) => (row as { name: string }).name),

    get: ({ collection, id }) =>
      docs(prepare(`SELECT doc FROM ${tableIn(collection)} WHERE id = ?`).all(id))[0],

    getMany: ({ collection, ids }) =>
      docs(
        prepare(`SELECT doc FROM ${tableIn(collection)} WHERE id IN (SELECT value FROM json_each(?))`).all(
          JSON.stringify(ids),
        ),
      ),

    query({ collection, query }) {
      tableOf(collection);
      const { text, values } = pageOf(collection, layoutOf(collection), query);
      return docs(prepare(text).all(...values));
    },

    count({ collection, where }) {
      tableOf(collection);
      const { text, values } = countOf(collection, layoutOf(collection), where);
      return (prepare(text).get(...values) as { n: number }).n;
    },

    scan({ collection, after, limit }) {
      const table = tableIn(collection);
      const rows = (
        after === undefined
          ? prepare(`SELECT id, doc FROM ${table} ORDER BY id LIMIT ?`).all(limit)
          : prepare(`SELECT id, doc FROM ${table} WHERE id > ? ORDER BY id LIMIT ?`).all(after, limit)
      ) as { id: string; doc: string }[];
      return { ids: rows.map(({ id }) => id), docs: rows.map(({ doc }) => doc) };
    },

    checkpoint,

    commits: openCommits(database, prepare, { checkpoint, newestToken, layoutOf }, reach),

    getSetting,

    setSetting: ({ key, expected, value }) =>
      inTransaction(database, () => {
        if (getSetting(key) !== expected) return false;
        prepare(
          'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
        ).run(key, value);
        return true;
      }),

    acquireLease: ({ name, owner, ttlMs }) =>
      inTransaction(database, (): Lease | undefined => {
        // Leases end with the process, and no wall clock that jumps ends one before.
        const now = performance.now();
        const held = prepare('SELECT owner, token, expires FROM leases WHERE name = ?').get(name) as
          { owner: string; token: number; expires: number } | undefined;
        if (held && held.owner !== owner && held.expires > now) return undefined;
        const token = held?.owner === owner ? held.token : (held?.token ?? 0) + 1;
        prepare(
          'INSERT INTO leases (name, owner, token, expires) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, token = excluded.token, expires = excluded.expires',
        ).run(name, owner, token, now + ttlMs);
        return { name, token };
      }),

    releaseLease({ name, token }) {
      prepare('UPDATE leases SET expires = 0 WHERE name = ? AND token = ?').run(name, token);
    },

    // That the thread came to it is the answer.
    probe: () => undefined,
  };
}
