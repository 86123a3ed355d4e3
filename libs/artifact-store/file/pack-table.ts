import type { DatabaseSync } from 'node:sqlite';
import { DomainError, type Digest } from '#kernel';
import type { Format } from '#sqlite';
import { hexOf } from '../hex-of.js';

/**
 * Digests apart from bytes, so that a list reads no bytes and a renewed time rewrites none. Places are never used twice: a
 * higher one was written later.
 */
export const format: Format = {
  mark: 'HFpk',
  version: 1,
  // Two processes may open a new folder at the same time.
  tables: `
    CREATE TABLE IF NOT EXISTS blobs (
      digest BLOB PRIMARY KEY, size_bytes INTEGER NOT NULL, stored_at INTEGER NOT NULL, place INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS contents (place INTEGER PRIMARY KEY AUTOINCREMENT, bytes BLOB NOT NULL) STRICT`,
};

/** Where a packed blob lies, and since when in milliseconds since 1970. */
export interface Packed {
  readonly place: number;
  readonly sizeBytes: number;
  readonly storedAtMs: number;
}

export interface PackTable {
  find(digest: Digest): Packed | undefined;
  /** As they lie, verified by nobody. */
  read(digest: Digest): Uint8Array | undefined;
  /** The given bytes are there afterwards: written when there were none or others, else their time is renewed. */
  keep(digest: Digest, bytes: Uint8Array, nowMs: number): Packed;
  remove(digest: Digest): boolean;
  /** The next ones in digest order. */
  page(after: Digest | undefined, count: number): readonly (Packed & { readonly digest: Digest })[];
  /** Everything up to this place has been written. */
  lastPlace(): number;
}

/** A time that is younger than this is not written again: blobs that come with every run come many times a second. */
const renewAfterMs = 100;
const columns = 'place, size_bytes AS sizeBytes, stored_at AS storedAtMs';
const none = new Uint8Array();
const latestMs = Date.UTC(9999, 11, 31);
const keyOf = (digest: Digest): Uint8Array => Buffer.from(hexOf(digest), 'hex');

export function openPackTable(database: DatabaseSync): PackTable {
  const find = database.prepare(`SELECT ${columns} FROM blobs WHERE digest = ?`);
  const page = database.prepare(
    `SELECT digest, ${columns} FROM blobs WHERE digest > ? ORDER BY digest LIMIT ?`,
  );
  const last = database.prepare(`SELECT seq FROM sqlite_sequence WHERE name = 'contents'`);
  const read = database.prepare('SELECT bytes FROM blobs LEFT JOIN contents USING (place) WHERE digest = ?');
  const addBytes = database.prepare('INSERT INTO contents (bytes) VALUES (?)');
  const dropBytes = database.prepare('DELETE FROM contents WHERE place = ?');
  const write = database.prepare('INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?)');
  const renew = database.prepare('UPDATE blobs SET stored_at = ? WHERE digest = ?');
  const drop = database.prepare('DELETE FROM blobs WHERE digest = ?');

  const table: PackTable = {
    find(digest) {
      const row = find.get(keyOf(digest));
      return row && checked(row as unknown as Packed);
    },
    read(digest) {
      const row = read.get(keyOf(digest));
      if (row && !(row['bytes'] instanceof Uint8Array)) throw damaged();
      return row?.['bytes'] as Uint8Array | undefined;
    },
    keep(digest, bytes, nowMs) {
      const found = table.find(digest);
      if (found?.sizeBytes === bytes.length && Buffer.compare(table.read(digest) ?? none, bytes) === 0) {
        if (nowMs - found.storedAtMs < renewAfterMs && nowMs >= found.storedAtMs) return found;
        renew.run(nowMs, keyOf(digest));
        return { ...found, storedAtMs: nowMs };
      }
      if (found) dropBytes.run(found.place);
      const place = Number(addBytes.run(bytes).lastInsertRowid);
      write.run(keyOf(digest), bytes.length, nowMs, place);
      return { place, sizeBytes: bytes.length, storedAtMs: nowMs };
    },
    remove(digest) {
      const found = table.find(digest);
      if (!found) return false;
      dropBytes.run(found.place);
      drop.run(keyOf(digest));
      return true;
    },
    page: (after, count) =>
      page.all(after === undefined ? none : keyOf(after), count).map((row) => ({
        ...checked(row as unknown as Packed),
        digest: `sha256:${Buffer.from(row['digest'] as Uint8Array).toString('hex')}` as Digest,
      })),
    lastPlace: () => Number(last.get()?.['seq'] ?? 0),
  };
  return table;
}

/** SQLite finds damage of its own pages, not of what they hold. */
function checked({ place, sizeBytes, storedAtMs }: Packed): Packed {
  if (sizeBytes >= 0 && storedAtMs >= 0 && storedAtMs <= latestMs) return { place, sizeBytes, storedAtMs };
  throw damaged();
}

const damaged = (): DomainError =>
  new DomainError('integrity', 'STORE_CORRUPT', 'the pack has a row that nobody wrote so');
