import { DomainError, type StreamId } from '#kernel';
import type { Thread } from '#sqlite';
import type { StoredEvent } from '../event-store.js';
import { position } from './checks.js';
import type { Found, Recent } from './recent.js';
import type { Chunk, ReadCall, Row } from './rows.js';

/** Pulls chunks up to `call.upTo`; the next is asked for when the last has been used. @throws CANCELLED */
export type ReadChunks = (
  call: ReadCall,
  signal?: AbortSignal,
) => AsyncGenerator<readonly StoredEvent[], void>;

/** What is recent is taken from memory, all else from the reading thread. */
export function chunkReader(reader: Thread, recent: Recent): ReadChunks {
  async function fromDisk(call: ReadCall): Promise<Found> {
    const { rows, end } = await reader.call<Chunk>('read', call);
    const last = rows.at(-1);
    const next = last === undefined ? call.from : (call.stream === undefined ? last.seq : last.revision) + 1;
    return { events: rows.map(stored), end: end || last === undefined, next };
  }

  return async function* (call, signal) {
    let { from, limit } = call;
    assertWanted(signal);
    while (limit > 0 && (call.stream !== undefined || from <= call.upTo)) {
      const asked = { ...call, from, limit };
      const { events, end, next } = recent.find(asked) ?? (await fromDisk(asked));
      assertWanted(signal);
      if (events.length > 0) yield events;
      if (end) return;
      assertWanted(signal);
      from = next;
      limit -= events.length;
    }
  };
}

/** An aborted read must not look like one that came to the end. */
function assertWanted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new DomainError('cancelled', 'CANCELLED', 'the reader has gone');
}

const stored = ({ seq, stream, ...event }: Row): StoredEvent => ({
  ...event,
  stream: stream as StreamId,
  position: position(seq),
});
