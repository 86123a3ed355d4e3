import { epochMs, toInstant, type Instant } from '#kernel';
import type { View } from '#runtime';
import {
  blockEvents,
  type BlockDocument,
  type EventDocument,
  type HistoryDocument,
} from './history.projection.js';

/** How far the clocks of two instances may be apart. */
export const clockBoundMs = 5_000;

/** Index of the newest event; −1 while there is none. */
export async function newestIndex(view: View<HistoryDocument>): Promise<number> {
  const [newest] = await view.query({
    where: [{ field: 'index', from: 0 }],
    sort: { field: 'index', direction: 'desc' },
    limit: 1,
  });
  return newest === undefined ? -1 : (newest as EventDocument).index;
}

/**
 * The last index of what was known at a time: the prefix before the first event that was recorded later than the time and
 * {@link clockBoundMs}. −1 for nothing.
 */
export async function indexAsOf(view: View<HistoryDocument>, time: Instant): Promise<number> {
  const bound = toInstant(epochMs(time) + clockBoundMs);
  const [block] = (await view.query({
    where: [
      { field: 'block', from: 0 },
      { field: 'latest', from: bound, exclusive: true },
    ],
    sort: { field: 'block', direction: 'asc' },
    limit: 1,
  })) as BlockDocument[];
  if (block === undefined) return newestIndex(view);
  const first = block.block * blockEvents;
  const events = (await view.query({
    where: [
      { field: 'index', from: first, to: first + blockEvents - 1 },
      { field: 'recordedAt', from: bound, exclusive: true },
    ],
    sort: { field: 'index', direction: 'asc' },
    limit: 1,
  })) as EventDocument[];
  return (events[0]?.index ?? first) - 1;
}
