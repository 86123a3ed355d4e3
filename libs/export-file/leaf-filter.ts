import type { ToldEvent } from './told-event.js';
import type { Leaf } from './leaf.js';
import type { ExportFilter } from './manifest.js';

/** Whether a leaf can be one that was asked for: all that can be told without the event. */
export function leafFilter(
  { recordedFrom, recordedTo, types }: ExportFilter,
  streams: ReadonlySet<string> | undefined,
): (leaf: Pick<Leaf, 'stream' | 'type' | 'recordedAt'>) => boolean {
  const wanted = types && new Set(types);
  return ({ stream, type, recordedAt }) =>
    (streams === undefined || streams.has(stream)) &&
    (wanted === undefined || wanted.has(type)) &&
    (recordedFrom === undefined || recordedAt >= recordedFrom) &&
    (recordedTo === undefined || recordedAt < recordedTo);
}

/** The rest: whether an event whose leaf can be is one. */
export const eventFilter =
  ({ actor }: ExportFilter) =>
  (event: Pick<ToldEvent, 'actor'>): boolean =>
    actor === undefined || event.actor.id === actor;
