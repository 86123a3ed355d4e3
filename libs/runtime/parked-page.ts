import type { ParkedEvent } from './parking.js';
import type { RunningReactor } from './reactor.js';
import { pageToken, parsePageToken } from './tokens.js';
import type { Page } from './view.js';

export interface ParkedBy extends ParkedEvent {
  readonly reactor: string;
}

const inOrder = { sort: { field: 'parkedAt', direction: 'asc' } } as const;

/** One page of what reactors have put aside, by reactor and time. @throws PAGE_TOKEN_STALE */
export async function parkedPage(
  reactors: readonly RunningReactor[],
  request: { readonly pageSize: number; readonly pageToken: string },
): Promise<Page<ParkedBy>> {
  const after = parsePageToken('parked', inOrder, request.pageToken)?.id ?? '';
  const lists = await Promise.all(
    reactors.map(async (reactor) =>
      (await reactor.parked()).map((event): ParkedBy => ({ reactor: reactor.name, ...event })),
    ),
  );
  const rest = lists
    .flat()
    .filter((event) => placeOf(event) > after)
    .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  const items = rest.slice(0, request.pageSize);
  const last = items.at(-1);
  const more = rest.length > items.length && last !== undefined;
  return {
    items,
    nextPageToken: more ? pageToken('parked', inOrder, { value: null, id: placeOf(last) }) : '',
  };
}

/** The same whatever is put aside or handled meanwhile. */
const placeOf = ({ reactor, parkedAt, eventId }: ParkedBy): string => `${reactor} ${parkedAt} ${eventId}`;
