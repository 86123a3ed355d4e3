import { DatabaseSync } from 'node:sqlite';

export interface Noted {
  readonly id: string;
  readonly bytes: Uint8Array;
}

const perCommit = 500;

/** Folds events into one document for each stream, as little as that can be: read, parse, upsert, commit in groups. */
export function bareFold(path: string, events: Iterable<Noted>) {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE events (seq INTEGER PRIMARY KEY, id TEXT, bytes BLOB); CREATE TABLE documents (id TEXT PRIMARY KEY, document TEXT);`);
  const insert = database.prepare('INSERT INTO events (id, bytes) VALUES (?, ?)');
  database.exec('BEGIN');
  let count = 0;
  for (const { id, bytes } of events) {
    insert.run(id, bytes);
    count++;
  }
  database.exec('COMMIT');
  const read = database.prepare('SELECT seq, id, bytes FROM events WHERE seq > ? ORDER BY seq LIMIT ?');
  const find = database.prepare('SELECT document FROM documents WHERE id = ?');
  const upsert = database.prepare('INSERT OR REPLACE INTO documents (id, document) VALUES (?, ?)');

  function foldSome(after: number): number {
    const rows = read.all(after, perCommit);
    database.exec('BEGIN');
    const documents = new Map<string, object>();
    for (const row of rows) {
      const id = row['id'] as string;
      const found =
        documents.get(id) ?? JSON.parse((find.get(id)?.['document'] as string | undefined) ?? '{}');
      const event = JSON.parse(Buffer.from(row['bytes'] as Uint8Array).toString()) as { data: object };
      documents.set(id, { ...(found as object), ...event.data });
    }
    for (const [id, document] of documents) upsert.run(id, JSON.stringify(document));
    database.exec('COMMIT');
    return Number(rows.at(-1)?.['seq'] ?? -1);
  }
  return {
    /** @returns events a second */
    fold(): number {
      database.exec('DELETE FROM documents');
      const startedAt = performance.now();
      for (let after = 0; after >= 0;) after = foldSome(after);
      return (count * 1000) / (performance.now() - startedAt);
    },
    close: () => database.close(),
  };
}
