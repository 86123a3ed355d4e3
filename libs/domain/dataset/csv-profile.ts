import { parse, CsvError } from 'csv-parse';
import { assertNoProblems, type Problem } from '#kernel';
import { openColumn, type Column } from './csv-column.js';

export type ColumnType = 'integer' | 'number' | 'boolean' | 'string' | 'empty';

/** What the columns of a CSV are, as far as its rows show. */
export type CsvSchema = { readonly columns: readonly { readonly name: string; readonly type: ColumnType }[] };

export type CsvProfile = {
  /** Rows looked at, the header aside. */
  readonly rows: number;
  /** False when there are more rows than were looked at. */
  readonly complete: boolean;
  readonly columns: readonly ColumnProfile[];
};
export type ColumnProfile = {
  readonly name: string;
  readonly empty: number;
  /** Of numbers. */
  readonly min?: number;
  readonly max?: number;
  /** Different values, up to 1,000; absent when there are more. */
  readonly distinct?: number;
};

/** Bytes looked at by default; the rest of a larger file is not. */
const lookedAtBytes = 128 * 2 ** 20;
const longestRecordBytes = 2 ** 20;
const mostColumns = 50_000;

/**
 * Reads a CSV (RFC 4180, comma, one header line, UTF-8) piece by piece.
 * @throws DATASET_INVALID with problem CSV_INVALID, CSV_EMPTY, CSV_COLUMNS
 */
export async function profileCsv(
  bytes: AsyncIterable<Uint8Array>,
  maxBytes = lookedAtBytes,
): Promise<{ readonly schema: CsvSchema; readonly profile: CsvProfile }> {
  const parser = parse({ bom: true, max_record_size: longestRecordBytes });
  const fed = feed(parser, bytes).catch((error: Error) => void parser.destroy(error));
  let columns: readonly Column[] | undefined;
  let rows = 0;
  let complete = true;
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      if (columns === undefined) {
        columns = header(record);
        continue;
      }
      rows++;
      columns.forEach((column, index) => column.add(record[index] as string));
      if (parser.info.bytes <= maxBytes) continue;
      complete = false;
      break;
    }
  } catch (error) {
    if (error instanceof CsvError) refuse('CSV_INVALID', error.message.slice(0, 300));
    throw error;
  }
  await fed;
  if (columns === undefined) refuse('CSV_EMPTY', 'there is no header line');
  return {
    schema: { columns: columns.map(({ name, type }) => ({ name, type: type() })) },
    profile: { rows, complete, columns: columns.map(({ profile }) => profile()) },
  };
}

type Parser = ReturnType<typeof parse>;

async function feed(parser: Parser, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of bytes) {
    if (parser.destroyed) return;
    if (parser.write(piece)) continue;
    await new Promise<void>((resolve) => parser.once('drain', resolve).once('close', resolve));
  }
  if (!parser.destroyed) parser.end();
}

function header(names: readonly string[]): readonly Column[] {
  const problems: string[] = [];
  if (names.length > mostColumns) problems.push(`has more than ${mostColumns} columns`);
  const seen = new Set<string>();
  const twice = names.filter((name) => seen.size === seen.add(name).size);
  if (twice.length > 0)
    problems.push(`has columns of the same name: ${[...new Set(twice)].slice(0, 10).join(', ')}`);
  if (names.some((name) => name.trim() === '')) problems.push('has a column without a name');
  if (problems.length > 0) refuse('CSV_COLUMNS', `the header line ${problems.join('; ')}`);
  return names.map(openColumn);
}

function refuse(code: string, message: string): never {
  const fix = 'mend the file, or add it with --format file';
  const problem: Problem = { code, field: 'digest', message, fix };
  assertNoProblems([problem], 'DATASET_INVALID');
  throw new Error('unreachable');
}
