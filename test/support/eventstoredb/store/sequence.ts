import type { History } from './history.js';
import type { Store } from './store.js';

/** Events in the order in which a reader meets them: those of one stream or all. Ordinals count from 0 and never change. */
export interface Sequence {
  /** Ordinal after the newest durable event. */
  end(): number;
  /** Place in the whole log. */
  indexAt(ordinal: number): number;
}

export const allEvents = (store: Store): Sequence => ({
  end: () => store.history.visible,
  indexAt: (ordinal) => ordinal,
});

/** Ordinal = revision. */
export function eventsOf(store: Store, stream: string): Sequence {
  const { events } = store.history.entryOf(stream);
  return {
    end: () => visibleOf(store.history, events),
    indexAt: (ordinal) => events[ordinal] ?? Number.NaN,
  };
}

/** How many of a stream's events are durable; those that are not are its last. */
function visibleOf(history: History, events: readonly number[]): number {
  let end = events.length;
  while (end > 0 && (events[end - 1] ?? 0) >= history.visible) end--;
  return end;
}
