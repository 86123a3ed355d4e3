import type { EventStore } from '#event-store';

export interface HeldAppend {
  /** When the append is about to be made. */
  readonly reached: Promise<void>;
  release(): void;
}

/** Holds the next append of an event of this type, and what is called when it is let go may refuse it instead. */
export function holdAppend(
  eventStore: EventStore,
  type: string,
  instead: () => void = () => undefined,
): HeldAppend {
  const { append } = eventStore;
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let held = false;
  Object.assign(eventStore, {
    append: (async (stream, expected, events) => {
      if (!held && events.some((event) => event.type === type)) {
        held = true;
        reached.resolve();
        await released.promise;
        instead();
      }
      return append(stream, expected, events);
    }) satisfies EventStore['append'],
  });
  return { reached: reached.promise, release: released.resolve };
}
