import { assertNoProblems, type Problem } from '#kernel';
import { visible } from '#domain/declaration';
import { columnProblems, evaluate, parseFilter, type Filter } from '#domain/row-filter';
import { readCsv } from './csv-parser.js';

/** The rows that a blueprint takes of a CSV. */
export type PartitionQuery = {
  /** In the grammar of `#domain/row-filter`; absent takes all. */
  readonly where?: string;
  /** Column whose values are wanted. */
  readonly labels?: string;
};

export interface Partition {
  /**
   * The partition as a CSV: header line and rows taken, as written, in their order, each ended by a line feed. To be read once, to
   * its end.
   * @throws DATASET_INVALID when the bytes are no CSV; WHERE_INVALID with every problem of the condition, of its columns, and of
   *   cells (up to twenty) that are compared with a number and are none
   */
  readonly text: AsyncIterable<string>;
  /** Rows taken; known when `text` has been read. */
  rows(): number;
  /** Of each row taken the cell of the column `labels`. */
  labels(): readonly string[];
}

const mostCells = 20;

export function partitionCsv(bytes: AsyncIterable<Uint8Array>, { where, labels }: PartitionQuery): Partition {
  const found: string[] = [];
  let rows = 0;
  async function* read(): AsyncGenerator<string, void> {
    const filter = where === undefined ? undefined : parseFilter(where);
    let table: Table | undefined;
    for await (const { cells, text } of readCsv(bytes)) {
      if (table === undefined) {
        table = openTable(cells, filter, labels);
        yield `${text}\n`;
      } else if (table.takes(cells)) {
        rows++;
        if (labels !== undefined) found.push(table.labelOf(cells));
        yield `${text}\n`;
      }
    }
    table?.end();
  }
  return { text: read(), rows: () => rows, labels: () => found };
}

interface Table {
  takes(cells: readonly string[]): boolean;
  labelOf(cells: readonly string[]): string;
  /** Throws what was wrong with cells. */
  end(): void;
}

function openTable(columns: readonly string[], filter: Filter | undefined, labels = ''): Table {
  const problems: Problem[] = filter ? columnProblems(filter, columns) : [];
  const label = columns.indexOf(labels);
  if (labels !== '' && label === -1)
    problems.push({
      code: 'COLUMN_UNKNOWN',
      field: 'folds.stratify',
      message: 'the data has no such column',
      found: visible(labels),
    });
  assertNoProblems(problems, 'WHERE_INVALID');
  const places = new Map(columns.map((name, index) => [name, index]));
  let row = 0;
  return {
    takes(cells) {
      row++;
      if (filter === undefined) return true;
      const cellOf = (column: string) => cells[places.get(column) ?? -1] ?? '';
      return (
        evaluate(filter, cellOf, (column, cell) => {
          if (problems.length < mostCells) problems.push(notNumeric(row, column, cell));
        }) === true
      );
    },
    labelOf: (cells) => cells[label] ?? '',
    end: () => assertNoProblems(problems, 'WHERE_INVALID'),
  };
}

const notNumeric = (row: number, column: string, cell: string): Problem => ({
  code: 'WHERE_NOT_A_NUMBER',
  field: 'where',
  message: `row ${row}: ${visible(column)} is compared with a number and is none`,
  found: visible(cell),
  fix: 'compare it with a text in quotes, or leave the row out by another condition before it',
});
