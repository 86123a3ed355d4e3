import { streamKind, type DomainError } from '#kernel';
import { startThread, type Thread } from '#sqlite';
import { checkAppend, checkStream, storeClosed } from '../checks.js';
import type { EventStore } from '../event-store.js';
import { chunkReader } from './chunks.js';
import { openEnds } from './ends.js';
import { firstAfter, position, sequence } from './positions.js';
import { openRecent } from './recent.js';
import type { AppendCall, Appended } from './rows.js';
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
    { end },
  );
  try {
    const head = await writer.call<number>('head');
    const reader = await startThread(new URL('./reader.worker.js', import.meta.url), { path }, { end });
    return storeOn(writer, reader, (tail = openTail(head)), head);
  } catch (error) {
    await writer.close();
    throw error;
  }
}

function storeOn(writer: Thread, reader: Thread, tail: Tail, head: number): EventStore {
  const recent = openRecent(head);
  const ends = openEnds((after) => reader.call('names', after));
  const read = chunkReader(reader, { recent, ends, tail });

  /** Answers come in the order of the commit, each once; nobody is woken before all that came together are here. */
  function appended(call: AppendCall, result: Appended): void {
    if (result.seq <= tail.head()) return;
    recent.add(call, result);
    ends.set(call.stream, result.revision);
    tail.moveTo(result.seq, streamKind(call.stream));
  }

  const headSeen = () => (tail.head() === 0 ? undefined : position(tail.head()));

  return {
    async append(stream, expected, events) {
      checkAppend(stream, expected, events);
      tail.assertOpen();
      const call: AppendCall = {
        stream,
        expected: expected === 'none' ? -1 : expected,
        // A copy: what is kept must stay as it is, and a view would keep the whole buffer behind it.
        events: events.map(({ eventId, type, bytes }) => ({ eventId, type, bytes: new Uint8Array(bytes) })),
      };
      const result = await writer.call<Appended>('append', call);
      appended(call, result);
      return { revision: result.revision, position: position(result.seq) };
    },
    async *readStream(stream, { from = 0, limit = Infinity, signal } = {}) {
      checkStream(stream);
      tail.assertOpen();
      yield* read({ stream, from, upTo: tail.head(), limit }, signal);
    },
    readAll({ after, kinds, limit = Infinity, signal, upTo: most } = {}) {
      const upTo = tail.head();
      return (async function* () {
        tail.assertOpen();
        const from = firstAfter(after, upTo);
        const last = tail.mayHold(kinds, from) ? Math.min(upTo, most ? sequence(most) : Infinity) : from - 1;
        yield* read({ from, upTo: last, limit, ...(kinds ? { kinds } : {}) }, signal);
      })();
    },
    subscribe: (options) => subscription(read, tail, options),
    async head() {
      tail.assertOpen();
      return headSeen();
    },
    headSeen,
    comparePositions: (a, b) => sequence(a) - sequence(b),
    async probe() {
      tail.assertOpen();
    },
    async close() {
      tail.end(storeClosed());
      // The writer last: as the last connection it folds the log back into the file.
      await reader.close();
      await writer.close();
    },
  };
}
