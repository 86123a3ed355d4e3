import { streamKind, type StreamId } from '#kernel';
import { positionToken } from '#runtime';
import type { System } from './system.js';

/**
 * Waits until an event of this type is in a stream, whoever writes it. The answer goes along with a query as its options, so that
 * the query sees what followed from it.
 */
export async function appended(
  { eventStore }: Pick<System, 'eventStore'>,
  stream: StreamId,
  type: string,
): Promise<{ readonly minPosition: string }> {
  const stop = new AbortController();
  try {
    for await (const item of eventStore.subscribe({ kinds: [streamKind(stream)], signal: stop.signal })) {
      if (item.kind !== 'events') continue;
      const found = item.events.find((event) => event.stream === stream && event.type === type);
      if (found) return { minPosition: positionToken(found.position) };
    }
  } finally {
    stop.abort();
  }
  throw new Error(`the event store ended before ${type} came to ${stream}`);
}
