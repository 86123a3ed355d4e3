import { DatabaseSync } from 'node:sqlite';

/** Documents in a table with the index that the query wants. */
export function bareTable(path: string, documents: readonly object[]) {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE runs (id INTEGER PRIMARY KEY, status TEXT, metric REAL, document TEXT);
    CREATE INDEX by_metric ON runs (status, metric);`);
  const insert = database.prepare('INSERT INTO runs (status, metric, document) VALUES (?, ?, ?)');
  database.exec('BEGIN');
  for (const [i, document] of documents.entries())
    insert.run('completed', (i * 7919) % documents.length, JSON.stringify(document));
  database.exec('COMMIT');
  const select = database.prepare('SELECT document FROM runs WHERE status = ? ORDER BY metric DESC LIMIT ?');
  return {
    page: (size: number) =>
      select.all('completed', size).map((row) => JSON.parse(row['document'] as string) as unknown),
    close: () => database.close(),
  };
}
