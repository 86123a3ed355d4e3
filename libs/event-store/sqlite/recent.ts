import { streamKind } from '#kernel';
import type { StoredEvent } from '../event-store.js';
import { position } from './positions.js';
import { chunkEvents, type AppendCall, type Appended, type ReadCall } from './rows.js';

/** What is kept; whichever comes first. A quarter goes at a time. */
const keptEvents = 4096;
const keptBytes = 4 * 2 ** 20;

export interface Found {
  readonly events: readonly StoredEvent[];
  /** Nothing more up to `upTo`. */
  readonly end: boolean;
  /** Where to go on: a revision in a stream, a sequence number otherwise. */
  readonly next: number;
}

/** The newest events up to the head, without a gap, as this process has appended them: the same objects for every reader. */
export interface Recent {
  add(call: AppendCall, appended: Appended): void;
  /** One chunk of what is asked for; undefined when not all of it is here. */
  find(call: ReadCall): Found | undefined;
}

export function openRecent(head: number): Recent {
  let first = head + 1;
  const events: StoredEvent[] = [];
  let bytesHeld = 0;
  const byStream = new Map<string, StoredEvent[]>();

  function push(event: StoredEvent): void {
    events.push(event);
    bytesHeld += event.bytes.length;
    const own = byStream.get(event.stream);
    if (own) own.push(event);
    else byStream.set(event.stream, [event]);
  }

  function dropOldest(count: number): void {
    for (const { stream, bytes } of events.splice(0, count)) {
      bytesHeld -= bytes.length;
      const own = byStream.get(stream) as StoredEvent[];
      if (own.length > 1) own.shift();
      else byStream.delete(stream);
    }
    first += count;
  }

  function ofStream({ stream, from, limit }: ReadCall): Found | undefined {
    const own = byStream.get(stream as string);
    const skipped = from - (own?.[0]?.revision ?? Infinity);
    if (own === undefined || skipped < 0) return undefined;
    const found = own.slice(skipped, skipped + Math.min(limit, chunkEvents));
    return { events: found, end: skipped + found.length >= own.length, next: from + found.length };
  }

  function ofAll({ kinds, from, upTo, limit }: ReadCall): Found | undefined {
    if (from < first) return undefined;
    const found: StoredEvent[] = [];
    const most = Math.min(limit, chunkEvents);
    let seq = from;
    for (; seq <= upTo && found.length < most; seq++) {
      const event = events[seq - first] as StoredEvent;
      if (kinds === undefined || kinds.includes(streamKind(event.stream))) found.push(event);
    }
    return { events: found, end: seq > upTo, next: seq };
  }

  return {
    add({ stream, events: appended }, { revision, seq }) {
      const before = seq - appended.length;
      if (before !== first + events.length - 1) {
        dropOldest(events.length);
        first = before + 1;
      }
      for (const [i, { eventId, type, bytes }] of appended.entries()) {
        const place = {
          revision: revision - appended.length + 1 + i,
          position: position(before + 1 + i),
        };
        push(Object.freeze({ eventId, type, bytes, stream, ...place }));
      }
      while (events.length > keptEvents || (bytesHeld > keptBytes && events.length > 1))
        dropOldest(Math.ceil(events.length / 4));
    },
    find: (call) => (call.stream === undefined ? ofAll(call) : ofStream(call)),
  };
}
