import { DomainError, isStreamId, type StreamId } from '#kernel';
import {
  maxAppendBytes,
  maxEventBytes,
  roomPerEventBytes,
  type EventToAppend,
  type ExpectedRevision,
} from './event-store.js';

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const typePattern = /^[A-Z][A-Za-z0-9]{0,99}$/;

export const matches = (pattern: RegExp, value: unknown): boolean =>
  typeof value === 'string' && pattern.test(value);
export const invalid = (code: string, message: string): DomainError =>
  new DomainError('invalid', code, message);
export const shown = (value: unknown): string => JSON.stringify(String(value).slice(0, 60));

/** @throws STREAM_ID, EXPECTED_REVISION, EMPTY_APPEND, EVENT_ID, EVENT_TYPE, EVENT_TOO_LARGE, EVENT_ID_REPEATED, APPEND_TOO_LARGE */
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
  const sizeBytes = events.reduce((sum, { bytes }) => sum + bytes.length + roomPerEventBytes, 0);
  if (sizeBytes > maxAppendBytes)
    throw invalid(
      'APPEND_TOO_LARGE',
      `${events.length} events of one append take ${sizeBytes} bytes; at most ${maxAppendBytes}, ${roomPerEventBytes} for each event included`,
    );
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

export const positionUnknown = (position: string | number, head: string | number): DomainError =>
  new DomainError(
    'integrity',
    'POSITION_UNKNOWN',
    `position ${position} is after the newest event (${head}): this store is older than what was read from it`,
  );

export const eventIdReused = (eventId: string): DomainError =>
  new DomainError('already-exists', 'EVENT_ID_REUSED', `event id ${eventId} belongs to another event`);

/** −1 for a stream that is not there. */
export function wrongRevision(stream: StreamId, expected: number, actual: number): DomainError {
  const [is, was] = [actual, expected].map((revision) =>
    revision === -1 ? 'empty' : `at revision ${revision}`,
  );
  return new DomainError('conflict', 'WRONG_REVISION', `${stream} is ${is}, not ${was}`, {
    facts: { expected, actual },
  });
}

export const storeClosed = (): DomainError =>
  new DomainError('unavailable', 'STORE_CLOSED', 'the event store is closed');

/** An aborted read must not look like one that came to the end. @throws CANCELLED */
export function assertWanted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new DomainError('cancelled', 'CANCELLED', 'the reader has gone');
}
