import type { EventStore, Position } from '#event-store';
import type { CollectionWriter } from './collection-writer.js';
import type { Projection } from './projection.js';

const after = ({ kinds }: Projection, position: Position | undefined) => ({
  ...(kinds ? { kinds } : {}),
  ...(position ? { after: position } : {}),
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
  for await (const events of eventStore.readAll({
    ...after(projection, writer.at()?.position as Position),
    signal,
  })) {
    const within = until
      ? events.filter(({ position }) => eventStore.comparePositions(position, until) <= 0)
      : events;
    await writer.fold(within);
    onProgress?.(writer.at()?.events ?? 0);
    if (within.length < events.length) break;
  }
  await writer.settled();
}

export interface Looking {
  /** Nothing before it is missing. */
  readonly looked: Position | undefined;
  /** Up to here, else up to the head. */
  readonly position?: Position | undefined;
  readonly isPassed: (position: Position) => boolean;
  readonly signal: AbortSignal;
}

/** How far there are no events of this projection after those that were looked at; undefined when there are some, or nothing is new. */
export async function nothingUpTo(
  eventStore: EventStore,
  projection: Projection,
  { looked, position, isPassed, signal }: Looking,
): Promise<Position | undefined> {
  const upTo = position && isThere(eventStore, position) ? position : await eventStore.head();
  if (upTo === undefined || isPassed(upTo)) return undefined;
  const between = { ...after(projection, looked), upTo, limit: 1, signal };
  for await (const events of eventStore.readAll(between)) if (events.length > 0) return undefined;
  return upTo;
}

/** As far as is known without asking: a token may be made up. */
function isThere(eventStore: EventStore, position: Position): boolean {
  const seen = eventStore.headSeen();
  return seen !== undefined && eventStore.comparePositions(seen, position) >= 0;
}
