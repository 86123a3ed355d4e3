import { DomainError, isStreamId, type JsonObject, type StreamId } from '#kernel';
import { canonicalize, parseJson } from '#evidence';

/** One line of `history.jsonl`: an event as it is stored; `envelope` is the text of its exact bytes. */
export interface HistoryLine {
  readonly stream: StreamId;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  readonly envelope: string;
}

const encoder = new TextEncoder();

export const historyBytes = (lines: readonly HistoryLine[]): Uint8Array =>
  encoder.encode(lines.map((line) => `${canonicalize({ ...line })}\n`).join(''));

/** @throws HISTORY_INVALID naming the line */
export function parseHistory(bytes: Uint8Array): HistoryLine[] {
  const lines = new TextDecoder('utf-8', { fatal: true }).decode(bytes).split('\n');
  if (lines.pop() !== '') throw invalid(lines.length + 1, 'the last line does not end');
  return lines.map((text, i) => {
    const { stream, revision, eventId, type, envelope } = parseJson(text, {
      file: `history.jsonl line ${i + 1}`,
    }) as JsonObject;
    const fine =
      isStreamId(stream) &&
      revision === i &&
      typeof eventId === 'string' &&
      typeof type === 'string' &&
      typeof envelope === 'string';
    if (!fine) throw invalid(i + 1, 'not the next event of one stream');
    return { stream, revision, eventId, type, envelope };
  });
}

const invalid = (line: number, what: string): DomainError =>
  new DomainError('integrity', 'HISTORY_INVALID', `history.jsonl line ${line}: ${what}`);
