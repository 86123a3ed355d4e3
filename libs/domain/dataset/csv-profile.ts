import { openColumn, type Column } from './csv-column.js';
import { readCsv } from './csv-parser.js';

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
  /** Cells that say that there is no value: `unknownCells` of `#domain/row-filter`. */
  readonly empty: number;
  /** Of numbers. */
  readonly min?: number;
  readonly max?: number;
  /** Different values, up to 1,000; absent when there are more. */
  readonly distinct?: number;
};

/** Bytes looked at by default; the rest of a larger file is not. */
const lookedAtBytes = 128 * 2 ** 20;

/**
 * Reads a CSV (RFC 4180, comma, one header line, UTF-8) piece by piece.
 * @throws DATASET_INVALID with problem CSV_INVALID, CSV_EMPTY, CSV_COLUMNS
 */
export async function profileCsv(
  bytes: AsyncIterable<Uint8Array>,
  maxBytes = lookedAtBytes,
): Promise<{ readonly schema: CsvSchema; readonly profile: CsvProfile }> {
  let columns: readonly Column[] | undefined;
  let rows = 0;
  let complete = true;
  for await (const { cells, bytesRead } of readCsv(bytes)) {
    if (columns === undefined) {
      columns = cells.map(openColumn);
      continue;
    }
    rows++;
    columns.forEach((column, index) => column.add(cells[index] as string));
    if (bytesRead <= maxBytes) continue;
    complete = false;
    break;
  }
  const shown = columns ?? [];
  return {
    schema: { columns: shown.map(({ name, type }) => ({ name, type: type() })) },
    profile: { rows, complete, columns: shown.map(({ profile }) => profile()) },
  };
}
