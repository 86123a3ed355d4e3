import { streamId, systemChance } from '#kernel';
import type { EventStore } from '#event-store';

/** Bytes that nothing but themselves may stand for: numbers as they were written, an order of keys, what is no UTF-8. */
const awkward = [
  Buffer.from('{"b":1.0,"a":1e400,"é":"\\u00e9"}'),
  Buffer.from([0, 0xff, 0xfe, 0x80, 10, 0]),
  Buffer.alloc(0),
];

/**
 * Appends events of several streams, some together, in an order that follows from nothing.
 * @returns how many the store was given
 */
export async function scattered(store: EventStore, appends: number): Promise<number> {
  const streams = Array.from({ length: 7 }, (_, i) => ({
    stream: streamId(i % 2 === 0 ? 'run' : 'knob', systemChance.uuid()),
    length: 0,
  }));
  let count = 0;
  for (let i = 0; i < appends; i++) {
    const to = streams[Math.floor(systemChance.fraction() * streams.length)];
    if (to === undefined) throw new Error('there are streams');
    const events = Array.from({ length: 1 + (i % 3) }, (_, j) => ({
      eventId: systemChance.uuid(),
      type: 'Happened',
      bytes: awkward[(i + j) % 4] ?? systemChance.bytes(1 + (i % 2000)),
    }));
    await store.append(to.stream, to.length === 0 ? 'none' : to.length - 1, events);
    to.length += events.length;
    count += events.length;
  }
  return count;
}
