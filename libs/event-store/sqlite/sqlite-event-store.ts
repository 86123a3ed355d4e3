import { DomainError } from '#kernel';
import { startThread, type Thread } from '#sqlite';
import type { EventStore } from '../event-store.js';
import { checkAppend, checkStream, firstAfter, position, sequence } from './checks.js';
import { chunkReader } from './chunks.js';
import type { AppendCall, Appended, Committed } from './rows.js';
import { subscription } from './subscription.js';
import { openTail, type Tail } from './tail.js';

export interface SqliteEventStoreOptions {
  /** The file; its folder is created. `.lock` and `.pid` stand beside it. */
  readonly path: string;
  /** Pages of 4 KiB that the file may grow to; for tests of a full disk. */
  readonly maxPages?: number;
  /** `point#count` at which the process is killed; for tests. */
  readonly fault?: string | undefined;
}

/**
 * The embedded event store: one file, one process, one writing and one reading thread.
 * @throws STORE_IN_USE, STORAGE_READ_ONLY, STORAGE_FULL, STORE_CORRUPT, STORE_FORMAT
 */
export async function openSqliteEventStore({
  path,
  maxPages,
  fault,
}: SqliteEventStoreOptions): Promise<EventStore> {
  let tail: Tail | undefined;
  const end = (error: DomainError) => tail?.end(error);
  const writer = await startThread(
    new URL('./writer.worker.js', import.meta.url),
    { path, options: maxPages === undefined ? {} : { maxPages }, fault },
    { notice: (commit: Committed) => tail?.committed(commit), end },
  );
  try {
    const head = await writer.call<number>('head');
    const reader = await startThread(new URL('./reader.worker.js', import.meta.url), { path }, { end });
    return storeOn(writer, reader, (tail = openTail(head)));
  } catch (error) {
    await writer.close();
    throw error;
  }
}

function storeOn(writer: Thread, reader: Thread, tail: Tail): EventStore {
  const read = chunkReader(reader);
  return {
    async append(stream, expected, events) {
      checkAppend(stream, expected, events);
      tail.assertOpen();
      const { revision, seq } = await writer.call<Appended>('append', {
        stream,
        expected: expected === 'none' ? -1 : expected,
        // A copy: a view would take the whole buffer behind it across.
        events: events.map(({ eventId, type, bytes }) => ({ eventId, type, bytes: new Uint8Array(bytes) })),
      } satisfies AppendCall);
      return { revision, position: position(seq) };
    },
    async *readStream(stream, { from = 0, limit = Infinity, signal } = {}) {
      checkStream(stream);
      tail.assertOpen();
      yield* read({ stream, from, upTo: tail.head(), limit }, signal);
    },
    readAll({ after, kinds, limit = Infinity, signal } = {}) {
      const upTo = tail.head();
      return (async function* () {
        tail.assertOpen();
        const from = firstAfter(after, upTo);
        yield* read({ from, upTo, limit, ...(kinds ? { kinds } : {}) }, signal);
      })();
    },
    subscribe: (options) => subscription(read, tail, options),
    async head() {
      tail.assertOpen();
      return tail.head() === 0 ? undefined : position(tail.head());
    },
    comparePositions: (a, b) => sequence(a) - sequence(b),
    async close() {
      tail.end(new DomainError('unavailable', 'STORE_CLOSED', 'the event store is closed'));
      // The writer last: as the last connection it folds the log back into the file.
      await reader.close();
      await writer.close();
    },
  };
}
