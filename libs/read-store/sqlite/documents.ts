import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { DomainError, type FaultPoint } from '#kernel';
import { inTransaction } from '#sqlite';
import type { Checkpoint, Lease } from '../read-store.js';
import type { Operations } from './operations.js';
import { fieldOf, pageOf, tableOf, whereOf } from './sql.js';

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
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql) ?? database.prepare(sql);
    if (statements.size > 500) statements.clear();
    statements.set(sql, known);
    return known;
  };
  const docs = (rows: unknown[]): string[] => rows.map((row) => (row as { doc: string }).doc);

  const checkpoint = (collection: string): Checkpoint | undefined =>
    prepare('SELECT position, events FROM checkpoints WHERE collection = ?').get(collection) as
      Checkpoint | undefined;

  const getSetting = (key: string): string | undefined =>
    (prepare('SELECT value FROM settings WHERE key = ?').get(key) as { value: string } | undefined)?.value;

  const newestToken = (name: string): number | undefined =>
    (prepare('SELECT token FROM leases WHERE name = ?').get(name) as { token: number } | undefined)?.token;

  return {
    ensureCollection({ name, indexes }) {
      const table = tableOf(name);
      inTransaction(database, () => {
        database.exec(
          `CREATE TABLE IF NOT EXISTS ${table} (id TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT, WITHOUT ROWID`,
        );
        for (const path of indexes) {
          const { rank, value } = fieldOf(path);
          database.exec(
            `CREATE INDEX IF NOT EXISTS "i:${name}:${path}" ON ${table} ((${rank}), (${value}), id)`,
          );
          database.exec(`CREATE INDEX IF NOT EXISTS "v:${name}:${path}" ON ${table} ((${value}), id)`);
        }
      });
    },

    dropCollection(name) {
      const table = tableOf(name);
      statements.clear();
      inTransaction(database, () => {
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

    getMany: ({ collection, ids }) =>
      docs(
        prepare(`SELECT doc FROM ${tableOf(collection)} WHERE id IN (SELECT value FROM json_each(?))`).all(
          JSON.stringify(ids),
        ),
      ),

    query({ collection, query }) {
      const { text, values } = pageOf(collection, query);
      return docs(prepare(text).all(...values));
    },

    count({ collection, where }) {
      const { text, values } = whereOf(where);
      return (
        prepare(`SELECT count(*) AS n FROM ${tableOf(collection)} WHERE ${text}`).get(...values) as {
          n: number;
        }
      ).n;
    },

    scan({ collection, after, limit }) {
      const table = tableOf(collection);
      const rows = (
        after === undefined
          ? prepare(`SELECT id, doc FROM ${table} ORDER BY id LIMIT ?`).all(limit)
          : prepare(`SELECT id, doc FROM ${table} WHERE id > ? ORDER BY id LIMIT ?`).all(after, limit)
      ) as { id: string; doc: string }[];
      return { ids: rows.map(({ id }) => id), docs: rows.map(({ doc }) => doc) };
    },

    checkpoint,

    commit({ collection, lease, expected, next, writes }) {
      const table = tableOf(collection);
      inTransaction(database, () => {
        if (newestToken(lease.name) !== lease.token) {
          throw new DomainError('conflict', 'LEASE_LOST', `another instance writes ${collection} now`);
        }
        const present = checkpoint(collection);
        if (present?.position !== expected?.position || present?.events !== expected?.events) {
          throw new DomainError(
            'conflict',
            'STALE_CHECKPOINT',
            `${collection} is at another position than the writer thinks`,
          );
        }
        for (const write of writes) {
          if ('delete' in write) prepare(`DELETE FROM ${table} WHERE id = ?`).run(write.delete);
          else
            prepare(
              `INSERT INTO ${table} (id, doc) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc`,
            ).run(write.id, write.doc);
        }
        reach('read-store:mid-commit');
        prepare(
          'INSERT INTO checkpoints (collection, position, events) VALUES (?, ?, ?) ON CONFLICT (collection) DO UPDATE SET position = excluded.position, events = excluded.events',
        ).run(collection, next.position, next.events);
      });
      reach('read-store:after-commit');
    },

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
        const now = Date.now();
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
  };
}
