import { fold, type StreamId } from '#kernel';
import { baselineCodec } from '#contracts/stored';
import { baseline, type BaselineEvent, type BaselineState } from '#domain/baseline';
import type { EventStore, Position } from '#event-store';

export type Accepted = Extract<BaselineState, { status: 'accepted' }>['current'];

/**
 * The acceptance that held at a position; undefined when there was none or it was retired. So whatever is compared late, after a
 * restart or a rebuild, is compared with what was known when the run completed.
 */
export async function acceptedThen(
  eventStore: EventStore,
  stream: StreamId,
  position: Position,
  signal: AbortSignal,
): Promise<Accepted | undefined> {
  const events: BaselineEvent[] = [];
  for await (const batch of eventStore.readStream(stream, { signal }))
    for (const stored of batch)
      if (eventStore.comparePositions(stored.position, position) < 0)
        events.push(baselineCodec.decode(stored.type, stored.bytes).event);
  const state = fold(baseline, events);
  return state.status === 'accepted' ? state.current : undefined;
}
