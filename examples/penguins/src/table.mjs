// Reading and writing the plain CSV of this experiment: no quotes, no line breaks inside a field.
import { readFileSync } from 'node:fs';

/** Rows by column name, in the order of the file. */
export function readTable(path) {
  const [header = '', ...lines] = readFileSync(path, 'utf8').trimEnd().split(/\r?\n/);
  if (header.includes('"')) throw new Error(`${path}: quoted fields are not read here`);
  const columns = header.split(',');
  return lines.map((line, index) => {
    const fields = line.split(',');
    if (fields.length !== columns.length)
      throw new Error(`${path}:${index + 2}: ${fields.length} fields, ${columns.length} expected`);
    return Object.fromEntries(columns.map((column, at) => [column, fields[at]]));
  });
}

export const tableText = (columns, rows) =>
  [columns, ...rows.map((row) => columns.map((column) => String(row[column])))]
    .map((fields) => `${fields.join(',')}\n`)
    .join('');
