import { DomainError, type StreamId } from '#kernel';
import { startThread } from '#sqlite';
import type {
  EventStore,
  EventToAppend,
  Position,
  ReadAllOptions,
  StoredEvent,
  SubscriptionItem,
} from '../event-store.js';
import type { AppendCall, Appended, Chunk, ReadCall, Row } from './rows.js';

export interface SqliteEventStoreOptions {
  readonly path: string;
  /** Pages of 4 KiB that the file may grow to; for tests of a full disk. */
  readonly maxPages?: number;
  /** `point#count` at which the process is killed; for tests. */
  readonly fault?: string | undefined;
}

const maxEventBytes = 1_000_000;
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The embedded event store: one file, one process, one writing and one reading thread.
 * @throws STORE_IN_USE, STORAGE_READ_ONLY, STORE_CORRUPT
 */
export async function openSqliteEventStore({
  path,
  maxPages,
  fault,
}: SqliteEventStoreOptions): Promise<EventStore> {
  let head = 0;
  let closed = false;
  let moved = Promise.withResolvers<void>();
  const wake = () => {
    moved.resolve();
    moved = Promise.withResolvers<void>();
  };
  const onCommit = (seq: number) => {
    head = Math.max(head, seq);
    wake();
  };
  const options = maxPages === undefined ? {} : { maxPages };
  const writer = await startThread(
    new URL('./writer.worker.js', import.meta.url),
    { path, options, fault },
    onCommit,
  );
  const reader = await startThread(new URL('./reader.worker.js', import.meta.url), { path }).catch(
    async (error) => {
      await writer.close();
      throw error;
    },
  );
  head = await writer.call<number>('head');

  /** Pulls chunks up to `call.upTo`; the next is asked for when the last has been used. */
  async function* chunks(call: ReadCall, signal?: AbortSignal): AsyncGenerator<readonly StoredEvent[], void> {
    let { from, limit } = call;
    while (limit > 0 && !signal?.aborted) {
      const { rows, end } = await reader.call<Chunk>('read', { ...call, from, limit });
      const last = rows.at(-1);
      if (last !== undefined) yield rows.map(stored);
      if (end || last === undefined) return;
      from = (call.stream === undefined ? last.seq : last.revision) + 1;
      limit -= rows.length;
    }
  }

  async function* subscribe({
    after,
    kinds,
    signal,
  }: Omit<ReadAllOptions, 'limit'>): AsyncGenerator<SubscriptionItem, void> {
    const aborted = Promise.withResolvers<void>();
    const abort = () => aborted.resolve();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      let from = after === undefined ? 1 : sequence(after) + 1;
      let told = -1;
      while (!signal?.aborted) {
        if (closed) throw new DomainError('unavailable', 'STORE_CLOSED', 'the event store is closed');
        const upTo = head;
        // Taken before reading: a commit meanwhile resolves it, so no wake-up is missed.
        const next = moved.promise;
        for await (const events of chunks(
          { from, upTo, ...(kinds ? { kinds } : {}), limit: Infinity },
          signal,
        )) {
          yield { kind: 'events', events };
        }
        if (signal?.aborted) return;
        from = Math.max(from, upTo + 1);
        if (head > upTo) continue;
        if (told !== upTo) yield { kind: 'caught-up', position: upTo === 0 ? undefined : position(upTo) };
        told = upTo;
        if (head === upTo && !closed) await Promise.race([next, aborted.promise]);
      }
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  return {
    async append(stream, expected, events) {
      check(events);
      const call: AppendCall = {
        stream,
        expected: expected === 'none' ? -1 : expected,
        events: events.map(({ eventId, type, bytes }) => ({ eventId, type, bytes })),
      };
      const { revision, seq } = await writer.call<Appended>('append', call);
      onCommit(seq);
      return { revision, position: position(seq) };
    },
    readStream: (stream, { from = 0, limit = Infinity, signal } = {}) =>
      chunks({ stream, from, upTo: Number.MAX_SAFE_INTEGER, limit }, signal),
    readAll: ({ after, kinds, limit = Infinity, signal } = {}) =>
      chunks(
        {
          from: after === undefined ? 1 : sequence(after) + 1,
          upTo: head,
          ...(kinds ? { kinds } : {}),
          limit,
        },
        signal,
      ),
    subscribe,
    head: async () => (head === 0 ? undefined : position(head)),
    comparePositions: (a, b) => sequence(a) - sequence(b),
    async close() {
      closed = true;
      wake();
      await Promise.all([reader.close(), writer.close()]);
    },
  };
}

const position = (seq: number): Position => String(seq) as Position;

function sequence(position: Position): number {
  if (/^[1-9]\d{0,15}$/.test(position)) return Number(position);
  throw new DomainError('invalid', 'BAD_POSITION', 'the position is not one of this store');
}

const stored = ({ seq, stream, ...event }: Row): StoredEvent => ({
  ...event,
  stream: stream as StreamId,
  position: position(seq),
});

function check(events: readonly EventToAppend[]): void {
  if (events.length === 0)
    throw new DomainError('invalid', 'EMPTY_APPEND', 'an append needs at least one event');
  for (const { eventId, bytes } of events) {
    if (!uuidPattern.test(eventId))
      throw new DomainError('invalid', 'EVENT_ID', `${eventId.slice(0, 50)} is not a UUID`);
    if (bytes.length > maxEventBytes) {
      throw new DomainError(
        'invalid',
        'EVENT_TOO_LARGE',
        `an event has ${bytes.length} bytes; at most ${maxEventBytes}`,
      );
    }
  }
}
