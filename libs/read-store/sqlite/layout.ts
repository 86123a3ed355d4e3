import type { DatabaseSync } from 'node:sqlite';
import { checkCollection, fieldsOf, isWide } from '../names.js';
import type { FieldPath, Index } from '../read-store.js';
import { jsonPath, keyFrom, keyInside, nothing } from './keys.js';

/** How a collection lies in its tables: read from their names, so that nothing has to be remembered beside them. */
export interface Layout {
  /** Fields with a column. */
  readonly columns: ReadonlySet<FieldPath>;
  /** Fields of each index on columns, in the order in which they were made. */
  readonly indexes: readonly (readonly FieldPath[])[];
  /** The same of each index of everything below a field; the last one ends in `.*`. */
  readonly wide: readonly (readonly FieldPath[])[];
}

/** The quoted name of a collection's table. @throws COLLECTION_NAME */
export function tableOf(collection: string): string {
  checkCollection(collection);
  return `"c:${collection}"`;
}

export const columnOf = (field: FieldPath): string => `"f:${field}"`;
export const indexName = (collection: string, fields: readonly FieldPath[]): string =>
  `"x:${collection}:${fields.join()}"`;
/** A row for each field below: its path, the index's other fields, its key, the document. */
export const wideTable = (collection: string, fields: readonly FieldPath[]): string =>
  `"w:${collection}:${fields.join()}"`;

export function readLayout(database: DatabaseSync, collection: string): Layout {
  const names = (sql: string, value: string) =>
    database
      .prepare(sql)
      .all(value)
      .map((row) => String(row['name']));
  const columns = names(`SELECT name FROM pragma_table_info(?) WHERE name GLOB 'f:*'`, `c:${collection}`);
  const made = (letter: string) =>
    names('SELECT name FROM sqlite_schema WHERE name GLOB ? ORDER BY rowid', `${letter}:${collection}:*`).map(
      (name) => name.slice(collection.length + 3).split(','),
    );
  return {
    columns: new Set(columns.map((name) => name.slice(2))),
    indexes: made('x'),
    wide: made('w'),
  };
}

/** Makes what is not there yet, and fills it from the documents that are. */
export function makeTables(database: DatabaseSync, collection: string, indexes: readonly Index[]): void {
  const table = tableOf(collection);
  const wanted = indexes.map(fieldsOf);
  const columns = [...new Set(wanted.flatMap((fields) => (isWide(fields) ? fields.slice(0, -1) : fields)))];
  const definition = (field: FieldPath) => `${columnOf(field)} ANY NOT NULL DEFAULT ${nothing}`;
  // Documents last: they are long, and what stands behind them is far away.
  database.exec(
    `CREATE TABLE IF NOT EXISTS ${table} (id TEXT PRIMARY KEY, ${columns.map((field) => `${definition(field)}, `).join('')}doc TEXT NOT NULL) STRICT`,
  );
  const present = readLayout(database, collection);
  for (const field of columns.filter((field) => !present.columns.has(field)))
    database.exec(
      `ALTER TABLE ${table} ADD COLUMN ${definition(field)}; UPDATE ${table} SET ${columnOf(field)} = ${keyInside('doc', field)}`,
    );
  for (const fields of wanted) {
    if (isWide(fields)) makeWide(database, collection, fields, present);
    else
      database.exec(
        `CREATE INDEX IF NOT EXISTS ${indexName(collection, fields)} ON ${table} (${fields.map(columnOf).join(', ')}, id)`,
      );
  }
}

function makeWide(
  database: DatabaseSync,
  collection: string,
  fields: readonly FieldPath[],
  { wide }: Layout,
): void {
  if (wide.some((known) => known.join() === fields.join())) {
    // What earlier builds found the rows of a document by.
    database.exec(`DROP INDEX IF EXISTS "d:${collection}:${fields.join()}"`);
    return;
  }
  const table = wideTable(collection, fields);
  const others = fields.slice(0, -1).map(columnOf);
  const keys = ['path', ...others, 'key', 'id'].join(', ');
  const types = ['path TEXT', ...others.map((name) => `${name} ANY`), 'key ANY', 'id TEXT'].join(', ');
  database.exec(
    `CREATE TABLE ${table} (${types}, PRIMARY KEY (${keys})) STRICT, WITHOUT ROWID;
     ${wideRows(collection, fields).fill}`,
  );
}

/** Statements for the rows of every document, as it lies in its table, or of those that a condition on the table names. */
export function wideRows(
  collection: string,
  fields: readonly FieldPath[],
  condition = '1',
): { readonly fill: string; readonly clear: string } {
  const above = (fields.at(-1) as FieldPath).slice(0, -2);
  const [table, at] = [tableOf(collection), jsonPath(above)];
  const columns = ['path', ...fields.slice(0, -1).map(columnOf), 'key', 'id'].join(', ');
  const others = fields.slice(0, -1).map((field) => `${table}.${columnOf(field)}, `);
  const rows = `SELECT '${above}.' || below.key, ${others.join('')}${keyFrom('below.type', 'below.atom')}, ${table}.id
    FROM ${table}, json_each(${table}.doc, ${at}) AS below
    WHERE ${condition} AND below.atom IS NOT NULL AND typeof(below.key) = 'text' AND instr(below.key, '.') = 0 AND json_type(${table}.doc, ${at}) = 'object'`;
  const wide = wideTable(collection, fields);
  return {
    fill: `INSERT INTO ${wide} (${columns}) ${rows}`,
    clear: `DELETE FROM ${wide} WHERE (${columns}) IN (${rows})`,
  };
}
