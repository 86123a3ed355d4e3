import type { StreamId } from '#kernel';
import type { EventStore, StoredEvent } from '#event-store';

/** The event at one revision of a stream; undefined where there is none. */
export async function eventAt(
  eventStore: EventStore,
  stream: StreamId,
  from: number,
): Promise<StoredEvent | undefined> {
  for await (const [event] of eventStore.readStream(stream, { from, limit: 1 })) return event;
  return undefined;
}
