import { DomainError, type StreamId } from '#kernel';
import type { Thread } from '#sqlite';
import type { StoredEvent } from '../event-store.js';
import { position } from './checks.js';
import type { Chunk, ReadCall, Row } from './rows.js';

/** Pulls chunks up to `call.upTo`; the next is asked for when the last has been used. @throws CANCELLED */
export type ReadChunks = (
  call: ReadCall,
  signal?: AbortSignal,
) => AsyncGenerator<readonly StoredEvent[], void>;

export const chunkReader = (reader: Thread): ReadChunks =>
  async function* (call, signal) {
    let { from, limit } = call;
    assertWanted(signal);
    while (limit > 0 && (call.stream !== undefined || from <= call.upTo)) {
      const { rows, end } = await reader.call<Chunk>('read', { ...call, from, limit });
      assertWanted(signal);
      const last = rows.at(-1);
      if (last !== undefined) yield rows.map(stored);
      if (end || last === undefined) return;
      assertWanted(signal);
      from = (call.stream === undefined ? last.seq : last.revision) + 1;
      limit -= rows.length;
    }
  };

/** An aborted read must not look like one that came to the end. */
function assertWanted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new DomainError('cancelled', 'CANCELLED', 'the reader has gone');
}

const stored = ({ seq, stream, ...event }: Row): StoredEvent => ({
  ...event,
  stream: stream as StreamId,
  position: position(seq),
});
