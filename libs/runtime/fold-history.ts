import type { EventStore, Position, StoredEvent } from '#event-store';
import type { Checkpoint, Lease, ReadStore } from '#read-store';
import { batchEvents, foldInto } from './fold-into.js';
import type { EventDecoders, Projection } from './projection.js';

/** Where to fold to, as whom, and how far it is. */
export interface Target {
  readonly collection: string;
  readonly lease: Lease;
  readonly from: Checkpoint | undefined;
}

export interface Folder {
  fold(target: Target, events: readonly StoredEvent[]): Promise<Checkpoint | undefined>;
  /** Folds everything there is now, or up to and with the event at `until`. @throws CANCELLED */
  foldHistory(
    target: Target,
    options: {
      readonly signal: AbortSignal;
      readonly until?: Position | undefined;
      readonly onProgress?: ((events: number) => void) | undefined;
    },
  ): Promise<Checkpoint | undefined>;
  /** Whether there are events of this projection after a checkpoint. */
  isBehind(checkpoint: Checkpoint | undefined, signal: AbortSignal): Promise<boolean>;
}

/** How a projection's collections are filled: live, when built first, and in a rebuild, all by the same code. */
export function openFolder(
  eventStore: EventStore,
  readStore: ReadStore,
  projection: Projection,
  decoders: EventDecoders | undefined,
): Folder {
  const { kinds } = projection;
  const after = (checkpoint: Checkpoint | undefined) => ({
    ...(kinds ? { kinds } : {}),
    ...(checkpoint ? { after: checkpoint.position as Position } : {}),
  });

  async function fold({ collection, lease, from }: Target, events: readonly StoredEvent[]) {
    let at = from;
    for (let i = 0; i < events.length; i += batchEvents) {
      const batch = events.slice(i, i + batchEvents);
      at = await foldInto(readStore, projection, collection, lease, at, batch, decoders);
    }
    return at;
  }

  return {
    fold,
    async foldHistory(target, { signal, until, onProgress }) {
      let at = target.from;
      for await (const events of eventStore.readAll({ ...after(at), signal })) {
        const within = until
          ? events.filter(({ position }) => eventStore.comparePositions(position, until) <= 0)
          : events;
        at = await fold({ ...target, from: at }, within);
        onProgress?.(at?.events ?? 0);
        if (within.length < events.length) break;
      }
      return at;
    },
    async isBehind(checkpoint, signal) {
      for await (const events of eventStore.readAll({ ...after(checkpoint), limit: 1, signal })) {
        if (events.length > 0) return true;
      }
      return false;
    },
  };
}
