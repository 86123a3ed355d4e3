import type { StreamId } from '#kernel';
import type { EventStore } from '#event-store';
import type { Document } from '#read-store';
import { eventIdOf } from './command-context.js';
import { projectedEvent, type EventDecoders, type Projection } from './projection.js';
import { positionToken } from './tokens.js';

/** What a command left behind, for its answer. */
export interface CarriedOut<Doc> {
  /** Of the whole stream, in the order they came to be. */
  readonly documents: readonly Doc[];
  /** Whether this command, now or when it was first sent, wrote something. */
  readonly changed: boolean;
  /** Of the stream's last event: whoever waits for it sees what the command did. */
  readonly position: string;
}

/**
 * Answers a command from the memory, by the fold that also makes the read model: no waiting for it, and a command that was sent
 * again under its idempotency key gets the answer it got before.
 */
export async function carriedOut<Doc extends Document>(
  eventStore: EventStore,
  projection: Projection<Doc>,
  stream: StreamId,
  commandId: string,
  decoders?: EventDecoders,
): Promise<CarriedOut<Doc>> {
  const documents = new Map<string, Doc>();
  const ownEvent = eventIdOf(commandId, stream, 0);
  let changed = false;
  let position = '';
  for await (const batch of eventStore.readStream(stream)) {
    for (const stored of batch) {
      const event = projectedEvent(stored, 0, decoders);
      for (const id of projection.ids(event)) {
        const doc = projection.project(documents.get(id), event, id);
        if (doc === undefined) documents.delete(id);
        else documents.set(id, doc);
      }
      if (stored.eventId === ownEvent) changed = true;
      position = positionToken(stored.position);
    }
  }
  return { documents: [...documents.values()], changed, position };
}
