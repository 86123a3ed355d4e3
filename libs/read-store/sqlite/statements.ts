import type { DatabaseSync, StatementSync } from 'node:sqlite';

export type Prepare = (sql: string) => StatementSync;

const mostKept = 500;

/** Statements by their text, prepared once. */
export function openStatements(database: DatabaseSync): Prepare {
  const statements = new Map<string, StatementSync>();
  return (sql) => {
    const known = statements.get(sql) ?? database.prepare(sql);
    if (statements.size > mostKept) statements.clear();
    statements.set(sql, known);
    return known;
  };
}
