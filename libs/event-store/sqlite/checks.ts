import { DomainError, isStreamId, type StreamId } from '#kernel';
import { maxEventBytes, type EventToAppend, type ExpectedRevision, type Position } from '../event-store.js';

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const typePattern = /^[A-Z][A-Za-z0-9]{0,99}$/;
const positionPattern = /^[1-9]\d{0,15}$/;

const matches = (pattern: RegExp, value: unknown): boolean =>
  typeof value === 'string' && pattern.test(value);
const invalid = (code: string, message: string): DomainError => new DomainError('invalid', code, message);
const shown = (value: unknown): string => JSON.stringify(String(value).slice(0, 60));

/** @throws STREAM_ID, EXPECTED_REVISION, EMPTY_APPEND, EVENT_ID, EVENT_TYPE, EVENT_TOO_LARGE, EVENT_ID_REPEATED */
export function checkAppend(
  stream: StreamId,
  expected: ExpectedRevision,
  events: readonly EventToAppend[],
): void {
  checkStream(stream);
  if (expected !== 'none' && !(Number.isSafeInteger(expected) && expected >= 0))
    throw invalid('EXPECTED_REVISION', `${shown(expected)} is no revision; it is 'none' or counts from 0`);
  if (!Array.isArray(events) || events.length === 0)
    throw invalid('EMPTY_APPEND', 'an append needs at least one event');
  const ids = new Set<string>();
  for (const event of events) {
    checkEvent(event);
    if (ids.has(event.eventId))
      throw invalid('EVENT_ID_REPEATED', `event id ${event.eventId} stands twice in one append`);
    ids.add(event.eventId);
  }
}

export function checkStream(stream: StreamId): void {
  if (!isStreamId(stream)) throw invalid('STREAM_ID', `${shown(stream)} is not <kind>-<uuid>`);
}

function checkEvent(event: unknown): asserts event is EventToAppend {
  const { eventId, type, bytes } = (event ?? {}) as Partial<EventToAppend>;
  if (!matches(uuidPattern, eventId)) throw invalid('EVENT_ID', `${shown(eventId)} is not a lower-case UUID`);
  if (!matches(typePattern, type))
    throw invalid('EVENT_TYPE', `${shown(type)} is not an event type in PascalCase`);
  if (!(bytes instanceof Uint8Array)) throw invalid('EVENT_BYTES', `the bytes of ${eventId} are not bytes`);
  if (bytes.length > maxEventBytes) {
    throw invalid('EVENT_TOO_LARGE', `an event has ${bytes.length} bytes; at most ${maxEventBytes}`);
  }
}

export const position = (seq: number): Position => String(seq) as Position;

/** @throws BAD_POSITION */
export function sequence(token: Position): number {
  if (matches(positionPattern, token)) return Number(token);
  throw invalid('BAD_POSITION', `${shown(token)} is not a position of this store`);
}

/** The first sequence number after a position. @throws BAD_POSITION, POSITION_UNKNOWN */
export function firstAfter(after: Position | undefined, head: number): number {
  if (after === undefined) return 1;
  const seq = sequence(after);
  if (seq <= head) return seq + 1;
  throw new DomainError(
    'integrity',
    'POSITION_UNKNOWN',
    `position ${seq} is after the newest event (${head}): this store is older than what was read from it`,
  );
}
