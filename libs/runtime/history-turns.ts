import { atMost, type AtMost } from '#kernel';
import type { EventStore } from '#event-store';

/** Each folds a chunk while the other one's is committed; more are no faster and take their own memory each. */
const mostAtOnce = 2;

const turnsOf = new WeakMap<EventStore, AtMost>();

/**
 * Read models that are built from the first event, of all services that share an event store: two at a time, in the order in which they
 * asked, so that the memory of a process does not grow with how many it has.
 * @throws the reason of the signal when it aborts before it is this one's turn
 */
export function inHistoryTurn<T>(
  eventStore: EventStore,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const turns = turnsOf.get(eventStore) ?? atMost(mostAtOnce);
  turnsOf.set(eventStore, turns);
  return turns(work, signal);
}
