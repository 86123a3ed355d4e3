import { epochMs, isDomainError, type Clock } from '#kernel';
import { decodeEnvelope } from '#contracts/stored';
import type { EventStore, Position, StoredEvent } from '#event-store';

/** How far something that follows the event store is behind. */
export interface Lag {
  /** Events not yet taken, counted up to {@link mostCounted}. */
  readonly events: number;
  /** Age of the oldest of them; 0 when there is none. */
  readonly seconds: number;
}

export const mostCounted = 10_000;
/** What is counted by then is told. */
const countForMs = 1_000;

/** @throws what the event store throws when it does not answer */
export async function lagAfter(
  { eventStore, clock }: { readonly eventStore: EventStore; readonly clock: Clock },
  kinds: readonly string[] | undefined,
  position: string | undefined,
): Promise<Lag> {
  const enough = new AbortController();
  const stop = clock.after(countForMs, () => enough.abort());
  let [events, oldest]: [number, StoredEvent | undefined] = [0, undefined];
  try {
    const unread = eventStore.readAll({
      ...(kinds ? { kinds } : {}),
      ...(position === undefined ? {} : { after: position as Position }),
      limit: mostCounted,
      signal: enough.signal,
    });
    for await (const batch of unread) {
      oldest ??= batch[0];
      events += batch.length;
    }
  } catch (error) {
    if (!enough.signal.aborted || !isDomainError(error) || oldest === undefined) throw error;
  } finally {
    stop();
  }
  return { events, seconds: oldest === undefined ? 0 : ageSeconds(oldest, clock) };
}

const ageSeconds = ({ bytes }: StoredEvent, clock: Clock): number =>
  Math.max(0, epochMs(clock.now()) - epochMs(decodeEnvelope(bytes).metadata.recordedAt)) / 1000;
