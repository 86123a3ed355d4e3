import type { EventStore } from '#event-store';
import type { View } from '#runtime';
import { storedOf } from './stored-events.js';
import type { EventDocument, HistoryDocument } from './history.projection.js';
import type { Numbered } from './numbered.js';

export interface WholeStoreOptions {
  /** Exclusive; −1 for the beginning. */
  readonly after: number;
  /** Goes on with new events until the signal aborts. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/**
 * Every event after an index, in batches, as the event store gives them: nothing is looked up for an event. The read model
 * says where to begin, the rest is counted, so an index that the model does not know yet is found as well.
 */
export async function* wholeStore(
  eventStore: EventStore,
  view: View<HistoryDocument>,
  { after, follow, signal }: WholeStoreOptions,
): AsyncGenerator<readonly Numbered[]> {
  const [known] =
    after < 0
      ? []
      : ((await view.query({
          where: [{ field: 'index', from: 0, to: after }],
          sort: { field: 'index', direction: 'desc' },
          limit: 1,
        })) as EventDocument[]);
  const begin = known && (await storedOf(eventStore, [known], signal))[0];
  let next = begin === undefined ? 0 : begin.index + 1;
  const from = begin === undefined ? {} : { after: begin.stored.position };
  for await (const batch of batches(eventStore, { ...from, signal }, follow)) {
    const numbered = batch.map((stored, i) => ({ index: next + i, stored }));
    next += batch.length;
    yield numbered.filter(({ index }) => index > after);
  }
}

async function* batches(
  eventStore: EventStore,
  options: Parameters<EventStore['subscribe']>[0],
  follow: boolean,
) {
  if (!follow) return yield* eventStore.readAll(options);
  for await (const item of eventStore.subscribe(options)) if (item.kind === 'events') yield item.events;
}
