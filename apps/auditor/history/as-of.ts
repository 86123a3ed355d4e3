import { epochMs, toInstant, type Instant } from '#kernel';
import type { Condition } from '#read-store';
import type { View } from '#runtime';
import {
  blockEvents,
  type BlockDocument,
  type EventDocument,
  type HistoryDocument,
} from './history.projection.js';

/** How far the clocks of two instances may be apart. */
export const clockBoundMs = 5_000;

/** Instants have four digits for the year, so that they sort as they follow. */
const lastInstant = '9999-12-31T23:59:59.999Z' as Instant;

type HistoryView = View<HistoryDocument>;
type Direction = 'asc' | 'desc';

/** Index of the newest event; −1 while there is none. */
export async function newestIndex(view: HistoryView): Promise<number> {
  const [newest] = await view.query({
    where: [{ field: 'index', from: 0 }],
    sort: { field: 'index', direction: 'desc' },
    limit: 1,
  });
  return newest === undefined ? -1 : (newest as EventDocument).index;
}

/**
 * The first or last event of all that is such and such, found without looking through them: of every thousand in a row a document
 * says whether one of them can be.
 */
async function indexWhere(
  view: HistoryView,
  direction: Direction,
  ofBlock: Condition,
  ofEvent: Condition,
): Promise<number | undefined> {
  const [block] = (await view.query({
    where: [{ field: 'block', from: 0 }, ofBlock],
    sort: { field: 'block', direction },
    limit: 1,
  })) as BlockDocument[];
  if (block === undefined) return undefined;
  const first = block.block * blockEvents;
  const [event] = (await view.query({
    where: [{ field: 'index', from: first, to: first + blockEvents - 1 }, ofEvent],
    sort: { field: 'index', direction },
    limit: 1,
  })) as EventDocument[];
  return event?.index;
}

/**
 * The last index of what was known at a time: the prefix before the first event that was recorded later than the time and
 * {@link clockBoundMs}. −1 for nothing.
 */
export async function indexAsOf(view: HistoryView, time: Instant): Promise<number> {
  const boundMs = Math.min(epochMs(time) + clockBoundMs, epochMs(lastInstant));
  const later = { from: toInstant(boundMs), exclusive: true };
  const first = await indexWhere(
    view,
    'asc',
    { field: 'latest', ...later },
    { field: 'recordedAt', ...later },
  );
  return first === undefined ? newestIndex(view) : first - 1;
}

/** Index of the first event that was recorded at a time or later, whatever follows it; undefined for none. */
export const firstRecordedFrom = (view: HistoryView, from: Instant): Promise<number | undefined> =>
  indexWhere(view, 'asc', { field: 'latest', from }, { field: 'recordedAt', from });

/** Index of the last event that was recorded before a time, whatever goes before it; undefined for none. */
export const lastRecordedBefore = (view: HistoryView, to: Instant): Promise<number | undefined> =>
  indexWhere(
    view,
    'desc',
    { field: 'earliest', to, exclusive: true },
    { field: 'recordedAt', to, exclusive: true },
  );
