import type { EventStore, Position } from '#event-store';
import type { Checkpoint } from '#read-store';
import type { CollectionWriter } from './collection-writer.js';
import type { Projection } from './projection.js';

const after = ({ kinds }: Projection, checkpoint: Checkpoint | undefined) => ({
  ...(kinds ? { kinds } : {}),
  ...(checkpoint ? { after: checkpoint.position as Position } : {}),
});

/** Folds everything there is now, or up to and with the event at `until`, and commits it. @throws CANCELLED */
export async function foldHistory(
  eventStore: EventStore,
  projection: Projection,
  writer: CollectionWriter,
  options: {
    readonly signal: AbortSignal;
    readonly until?: Position | undefined;
    readonly onProgress?: ((events: number) => void) | undefined;
  },
): Promise<void> {
  const { signal, until, onProgress } = options;
  for await (const events of eventStore.readAll({ ...after(projection, writer.at()), signal })) {
    const within = until
      ? events.filter(({ position }) => eventStore.comparePositions(position, until) <= 0)
      : events;
    await writer.fold(within);
    onProgress?.(writer.at()?.events ?? 0);
    if (within.length < events.length) break;
  }
  await writer.settled();
}

/** Whether there are events of this projection between a checkpoint and a position. */
export async function isBehind(
  eventStore: EventStore,
  projection: Projection,
  checkpoint: Checkpoint | undefined,
  upTo: Position,
  signal: AbortSignal,
): Promise<boolean> {
  const between = { ...after(projection, checkpoint), upTo, limit: 1, signal };
  for await (const events of eventStore.readAll(between)) {
    if (events.length > 0) return true;
  }
  return false;
}
