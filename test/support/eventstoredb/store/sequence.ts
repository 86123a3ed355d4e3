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
export const eventsOf = (store: Store, stream: string): Sequence => ({
  end: () => {
    const { events } = store.history.find(stream);
    let end = events.length;
    // What is not yet durable is at the end.
    while (end > 0 && (events[end - 1] ?? 0) >= store.history.visible) end--;
    return end;
  },
  indexAt: (ordinal) => store.history.find(stream).events[ordinal] ?? Number.NaN,
});
