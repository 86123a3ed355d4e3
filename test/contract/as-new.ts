import type { EventStore, Position } from '#event-store';

/** A store as if it began after a position: a test finds nothing of those before it on the same engine. */
export function asNew(store: EventStore, start: Position | undefined): EventStore {
  if (start === undefined) return store;
  const seen = (position: Position | undefined) =>
    position !== undefined && store.comparePositions(position, start) > 0 ? position : undefined;
  return {
    ...store,
    readAll: (options) => store.readAll({ after: start, ...options }),
    async *subscribe(options) {
      for await (const item of store.subscribe({ after: start, ...options }))
        yield item.kind === 'events' ? item : { kind: 'caught-up', position: seen(item.position) };
    },
    head: async () => seen(await store.head()),
  };
}
