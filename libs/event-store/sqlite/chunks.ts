import type { Thread } from '#sqlite';
import { assertWanted } from '../checks.js';
import type { StoredEvent } from '../event-store.js';
import { unpack, type Chunk } from './chunk.js';
import type { Ends } from './ends.js';
import type { Found, Recent } from './recent.js';
import type { ReadCall } from './rows.js';
import type { Tail } from './tail.js';

/** Pulls chunks up to `call.upTo`. @throws CANCELLED */
export type ReadChunks = (
  call: ReadCall,
  signal?: AbortSignal,
) => AsyncGenerator<readonly StoredEvent[], void>;

const nothing: Found = { events: [], end: true, next: 0 };

/**
 * What is recent is taken from memory, all else from the reading thread, which has the next chunk at hand while this one is
 * used: a reader that stops coming costs two.
 */
export function chunkReader(
  reader: Thread,
  { recent, ends, tail }: { readonly recent: Recent; readonly ends: Ends; readonly tail: Tail },
): ReadChunks {
  function fromMemory(call: ReadCall): Found | undefined {
    if (call.stream !== undefined && ends.isBeyond(call.stream, call.from)) return nothing;
    return recent.find(call);
  }

  async function fromDisk(call: ReadCall): Promise<Found> {
    const { stream, from, upTo } = call;
    const chunk = await reader.call<Chunk>('read', call);
    const of = stream === undefined ? chunk.seqs : chunk.revisions;
    const next = (of.at(-1) ?? from - 1) + 1;
    // Nothing was appended meanwhile, so this is where the stream ends.
    if (stream !== undefined && chunk.end && tail.head() === upTo && (of.length > 0 || from === 0))
      ends.set(stream, next - 1);
    return { events: unpack(chunk), end: chunk.end || of.length === 0, next };
  }

  const find = (call: ReadCall) => fromMemory(call) ?? fromDisk(call);

  return async function* (call, signal) {
    assertWanted(signal);
    if (call.limit <= 0 || (call.stream === undefined && call.from > call.upTo)) return;
    let asked = call;
    let found = find(asked);
    for (;;) {
      const { events, end, next } = await found;
      assertWanted(signal);
      asked = { ...asked, from: next, limit: asked.limit - events.length };
      const last = end || asked.limit <= 0 || (call.stream === undefined && next > call.upTo);
      if (!last) {
        found = find(asked);
        // Whoever stops here does not wait for it.
        if (found instanceof Promise) found.catch(() => undefined);
      }
      if (events.length > 0) yield events;
      if (last) return;
      assertWanted(signal);
    }
  };
}
