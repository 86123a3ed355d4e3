import { parse, CsvError } from 'csv-parse';
import { assertNoProblems, type Problem } from '#kernel';

const longestRecordBytes = 2 ** 20;
const mostColumns = 50_000;

export interface CsvRow {
  readonly cells: readonly string[];
  /** As written, without its line break. */
  readonly text: string;
  /** Bytes read when it had been read. */
  readonly bytesRead: number;
}

/**
 * Rows of a CSV (RFC 4180, comma, UTF-8), the header line first, piece by piece in flat memory. Leaving early ends the reading.
 * @throws DATASET_INVALID with problem CSV_INVALID, CSV_EMPTY, CSV_COLUMNS
 */
export async function* readCsv(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<CsvRow, void> {
  const parser = parse({ bom: true, raw: true, max_record_size: longestRecordBytes });
  const fed = feed(parser, bytes).catch((error: Error) => void parser.destroy(error));
  let first = true;
  try {
    for await (const { record, raw } of parser as AsyncIterable<{ record: string[]; raw: string }>) {
      if (first) checkHeader(record);
      first = false;
      yield { cells: record, text: raw.replace(/[\r\n]$/, ''), bytesRead: parser.info.bytes };
    }
  } catch (error) {
    if (error instanceof CsvError) refuse('CSV_INVALID', error.message.slice(0, 300));
    throw error;
  } finally {
    parser.destroy();
  }
  await fed;
  if (first) refuse('CSV_EMPTY', 'there is no header line');
}

type Parser = ReturnType<typeof parse>;

async function feed(parser: Parser, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of bytes) {
    if (parser.destroyed) return;
    if (parser.write(piece)) continue;
    await room(parser);
  }
  if (!parser.destroyed) parser.end();
}

/** When it takes more, or will never. */
const room = (parser: Parser): Promise<void> =>
  new Promise((resolve) => {
    const goOn = () => {
      parser.off('drain', goOn).off('close', goOn);
      resolve();
    };
    parser.on('drain', goOn).on('close', goOn);
  });

function checkHeader(names: readonly string[]): void {
  const problems: string[] = [];
  if (names.length > mostColumns) problems.push(`has more than ${mostColumns} columns`);
  const seen = new Set<string>();
  const twice = names.filter((name) => seen.size === seen.add(name).size);
  if (twice.length > 0)
    problems.push(`has columns of the same name: ${[...new Set(twice)].slice(0, 10).join(', ')}`);
  if (names.some((name) => name.trim() === '')) problems.push('has a column without a name');
  if (problems.length > 0) refuse('CSV_COLUMNS', `the header line ${problems.join('; ')}`);
}

function refuse(code: string, message: string): never {
  const fix = 'mend the file, or add it with --format file';
  const problem: Problem = { code, field: 'digest', message, fix };
  assertNoProblems([problem], 'DATASET_INVALID');
  throw new Error('unreachable');
}
