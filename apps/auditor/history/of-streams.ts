import type { StreamId } from '#kernel';
import type { EventStore } from '#event-store';
import type { Condition } from '#read-store';
import type { View } from '#runtime';
import { placeOf, type EventDocument, type HistoryDocument } from './history.projection.js';
import type { Numbered } from './numbered.js';
import { storedOf } from './stored-events.js';

export interface OfStreamsOptions {
  /** Exclusive; −1 for the beginning. */
  readonly after: number;
  /** Inclusive. */
  readonly upTo: number;
  readonly where: readonly Condition[];
  readonly signal: AbortSignal;
}

const pageEvents = 256;

/** The events of some streams in the order of the whole store; a page of each is held, no more. */
export async function* ofStreams(
  eventStore: EventStore,
  view: View<HistoryDocument>,
  streams: readonly StreamId[],
  options: OfStreamsOptions,
): AsyncGenerator<readonly Numbered[]> {
  const sources = streams.map((stream) => pages(view, stream, options));
  const held: EventDocument[][] = await Promise.all(sources.map(nextPage));
  while (held.some((page) => page.length > 0)) {
    // Up to the end of the page that ends first, every stream's events are known.
    const ends = held.flatMap((page) => page.at(-1)?.index ?? []);
    const bound = Math.min(...ends);
    const ready = held.flatMap((page) => page.filter(({ index }) => index <= bound));
    yield await storedOf(
      eventStore,
      ready.sort((a, b) => a.index - b.index),
      options.signal,
    );
    for (const [i, page] of held.entries()) {
      const rest = page.filter(({ index }) => index > bound);
      held[i] = rest.length > 0 || page.length === 0 ? rest : await nextPage(sources[i] as Pages);
    }
  }
}

type Pages = AsyncGenerator<EventDocument[]>;

const nextPage = async (source: Pages): Promise<EventDocument[]> => {
  const { done, value } = await source.next();
  return done ? [] : value;
};

async function* pages(
  view: View<HistoryDocument>,
  stream: StreamId,
  { after, upTo, where }: OfStreamsOptions,
): Pages {
  for (let from = placeOf(stream, 0), exclusive = false; ; exclusive = true) {
    const page = (await view.query({
      where: [
        { field: 'place', from, exclusive },
        { field: 'place', to: placeOf(stream, Number.MAX_SAFE_INTEGER) },
        { field: 'index', from: after + 1, to: upTo },
        ...where,
      ],
      sort: { field: 'place', direction: 'asc' },
      limit: pageEvents,
    })) as EventDocument[];
    if (page.length > 0) yield page;
    if (page.length < pageEvents) return;
    from = (page.at(-1) as EventDocument).place;
  }
}
