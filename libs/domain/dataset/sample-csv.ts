import { unknownCells } from '#domain/row-filter';
import { readCsv } from './csv-parser.js';
import { partitionCsv } from './partition-csv.js';

/** What one column holds, small enough to be kept. */
export type ColumnSample = {
  readonly name: string;
  /** Cells that hold a value, and cells that say that there is none (`unknownCells` of `#domain/row-filter`). */
  readonly filled: number;
  readonly empty: number;
  /** Ascending; absent unless every filled cell is a number. A draw without favour where there are more than are kept. */
  readonly numbers?: readonly number[];
  /** How often each value occurs; absent when there are more values than are kept. */
  readonly counts?: ReadonlyMap<string, number>;
};

export type CsvSample = {
  readonly rows: number;
  /** False when there are more rows than were looked at. */
  readonly complete: boolean;
  readonly columns: readonly ColumnSample[];
  /** Columns beyond those looked at. */
  readonly more: number;
};

const mostColumns = 1_000;
/** Of all columns together, so that a wide table takes no more memory than a long one. */
const mostNumbers = 2_000_000;
const mostValues = 200_000;
const numbersOfColumn = 10_000;
const valuesOfColumn = 1_000;
const longestValueChars = 200;
const lookedAtBytes = 128 * 2 ** 20;

/**
 * Looks through the rows that `where` takes, in flat memory. The same bytes give the same sample.
 * @throws DATASET_INVALID, WHERE_INVALID
 */
export async function sampleCsv(
  bytes: AsyncIterable<Uint8Array>,
  {
    where,
    maxBytes = lookedAtBytes,
  }: { readonly where?: string | undefined; readonly maxBytes?: number } = {},
): Promise<CsvSample> {
  const taken = where === undefined ? bytes : encoded(partitionCsv(bytes, { where }).text);
  let columns: readonly Collector[] | undefined;
  let [rows, more, complete] = [0, 0, true];
  for await (const { cells, bytesRead } of readCsv(taken)) {
    if (columns === undefined) {
      const looked = cells.slice(0, mostColumns);
      more = cells.length - looked.length;
      columns = looked.map((name, place) => openCollector(name, place, looked.length));
      continue;
    }
    rows++;
    for (const [place, column] of columns.entries()) column.add(cells[place] ?? '');
    if (bytesRead <= maxBytes) continue;
    complete = false;
    break;
  }
  return { rows, complete, more, columns: (columns ?? []).map(({ sample }) => sample()) };
}

async function* encoded(text: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const line of text) yield encoder.encode(line);
}

interface Collector {
  add(cell: string): void;
  sample(): ColumnSample;
}

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function openCollector(name: string, place: number, columns: number): Collector {
  const keptNumbers = Math.min(numbersOfColumn, Math.floor(mostNumbers / columns));
  const keptValues = Math.min(valuesOfColumn, Math.floor(mostValues / columns));
  const below = drawer(place);
  let [filled, empty] = [0, 0];
  let numbers: number[] | undefined = [];
  let counts: Map<string, number> | undefined = new Map();
  return {
    add(cell) {
      if (unknownCells.has(cell)) return void empty++;
      filled++;
      if (counts !== undefined) {
        const value = cell.slice(0, longestValueChars);
        counts.set(value, (counts.get(value) ?? 0) + 1);
        if (counts.size > keptValues) counts = undefined;
      }
      if (numbers === undefined) return;
      const value = number.test(cell) ? Number(cell) : NaN;
      if (!Number.isFinite(value)) numbers = undefined;
      else if (numbers.length < keptNumbers) numbers.push(value);
      else {
        // Algorithm R (Vitter 1985): each of `filled` numbers is kept with the same probability.
        const at = below(filled);
        if (at < keptNumbers) numbers[at] = value;
      }
    },
    sample: () => ({
      name,
      filled,
      empty,
      ...(numbers && numbers.length > 0 ? { numbers: [...numbers].sort((a, b) => a - b) } : {}),
      ...(counts ? { counts } : {}),
    }),
  };
}

/** Whole numbers below a bound, the same for every reading of a column: mulberry32. */
function drawer(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}
