import { DomainError, isStreamId, type JsonObject, type StreamId } from '#kernel';
import { canonicalize, parseJson } from '#evidence';
import { bundlePaths } from './members.js';

/** An event as it is stored, one line of a file; `envelope` is the text of its exact bytes. */
export interface HistoryLine {
  readonly stream: StreamId;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  readonly envelope: string;
}

const encoder = new TextEncoder();
/** Far more than any run has; a file of nothing but ends of lines would be hundreds of millions. */
const mostLines = 1_000_000;

export const historyBytes = (lines: readonly HistoryLine[]): Uint8Array =>
  encoder.encode(lines.map((line) => `${canonicalize({ ...line })}\n`).join(''));

/** Events of one stream from its first on. @throws HISTORY_INVALID naming the line */
export function parseHistory(bytes: Uint8Array): HistoryLine[] {
  const file = bundlePaths.history;
  const lines = parseLines(bytes, file);
  const wrong = lines.findIndex(({ revision }, i) => revision !== i);
  if (wrong >= 0) throw invalid(file, wrong + 1, 'not the next event of one stream');
  return lines;
}

/** @throws HISTORY_INVALID naming the line */
export function parseLines(bytes: Uint8Array, file: string): HistoryLine[] {
  const lines = new TextDecoder('utf-8', { fatal: true }).decode(bytes).split('\n', mostLines + 2);
  if (lines.length > mostLines + 1) throw invalid(file, mostLines + 1, `more than ${mostLines} lines`);
  if (lines.pop() !== '') throw invalid(file, lines.length + 1, 'the last line does not end');
  return lines.map((text, i) => {
    const line = parseJson(text, { file: `${file} line ${i + 1}` }) as JsonObject;
    const { stream, revision, eventId, type, envelope } = line;
    const fine =
      isStreamId(stream) &&
      typeof revision === 'number' &&
      typeof eventId === 'string' &&
      typeof type === 'string' &&
      typeof envelope === 'string';
    if (!fine) throw invalid(file, i + 1, 'not an event');
    const event = { stream, revision, eventId, type, envelope };
    if (canonicalize(event) !== text) throw invalid(file, i + 1, 'not written as an event is');
    return event;
  });
}

const invalid = (file: string, line: number, what: string): DomainError =>
  new DomainError('integrity', 'HISTORY_INVALID', `${file} line ${line}: ${what}`);
