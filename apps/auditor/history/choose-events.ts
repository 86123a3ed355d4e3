import type { Instant, StreamId } from '#kernel';
import type { auditor as proto } from '#contracts';
import { decodeEnvelope } from '#contracts/stored';
import type { Condition } from '#read-store';
import type { Auditor } from '../auditor.js';
import { firstRecordedFrom, lastRecordedBefore } from './as-of.js';
import type { Numbered } from './numbered.js';
import { ofStreams } from './of-streams.js';
import { wholeStore } from './whole-store.js';

export type Choice = Pick<
  proto.ReadHistoryRequest,
  'types' | 'actor' | 'recordedFrom' | 'recordedTo' | 'follow'
> & {
  /** Everything when undefined. */
  readonly streams: readonly StreamId[] | undefined;
  /** Exclusive; −1 for the beginning. */
  readonly after: number;
  /** Inclusive; may lie ahead when following. */
  readonly upTo: number;
  /** The newest index that was there when the call came. */
  readonly newest: number;
  readonly signal: AbortSignal;
};

type Source = Pick<Auditor, 'runtime' | 'views'>;

/** The events that fit, in the order of the whole store, each when it is asked for. */
export async function* chooseEvents(source: Source, choice: Choice): AsyncGenerator<Numbered> {
  const { streams, follow, after, upTo, newest, signal } = choice;
  const { history } = source.views;
  const now = Math.min(upTo, newest);
  if (streams !== undefined) {
    const where = conditionsOf(choice);
    const { eventStore } = source.runtime.engines;
    for await (const events of ofStreams(eventStore, history, streams, { after, upTo: now, where, signal }))
      yield* events;
  } else {
    const { first, last } = await timesWithin(history, choice);
    yield* counted(source, { ...choice, follow: false }, Math.max(after, first - 1), Math.min(now, last));
  }
  // What follows is read from here on, so the two neither overlap nor leave a gap.
  if (follow) yield* counted(source, choice, Math.max(after, now), upTo);
}

/** Events of the whole store that fit, after one index and up to another. */
async function* counted(
  { runtime, views }: Source,
  choice: Choice,
  after: number,
  upTo: number,
): AsyncGenerator<Numbered> {
  if (after >= upTo) return;
  const { follow, signal } = choice;
  const fits = fitterOf(choice);
  for await (const events of wholeStore(runtime.engines.eventStore, views.history, {
    after,
    follow,
    signal,
  })) {
    for (const event of events) {
      if (event.index <= upTo && fits(event)) yield event;
      if (event.index >= upTo) return;
    }
  }
}

const conditionsOf = ({ types, actor, recordedFrom, recordedTo }: Choice): Condition[] => [
  ...(types.length === 0 ? [] : [{ field: 'type', is: types }]),
  ...(actor === undefined ? [] : [{ field: 'actor', is: actor }]),
  ...(recordedFrom === undefined ? [] : [{ field: 'recordedAt', from: recordedFrom }]),
  ...(recordedTo === undefined ? [] : [{ field: 'recordedAt', to: recordedTo, exclusive: true }]),
];

function fitterOf({ streams, types, actor, recordedFrom, recordedTo }: Choice) {
  const wanted = new Set(types);
  return ({ stored }: Numbered): boolean => {
    if (streams !== undefined && !streams.includes(stored.stream)) return false;
    if (wanted.size > 0 && !wanted.has(stored.type)) return false;
    if (actor === undefined && recordedFrom === undefined && recordedTo === undefined) return true;
    const { metadata } = decodeEnvelope(stored.bytes);
    return (
      (actor === undefined || metadata.actor.id === actor) &&
      (recordedFrom === undefined || metadata.recordedAt >= recordedFrom) &&
      (recordedTo === undefined || metadata.recordedAt < recordedTo)
    );
  };
}

/** Between which indexes all events of a range of times are. */
export async function timesWithin(
  view: Auditor['views']['history'],
  { recordedFrom, recordedTo }: Pick<Choice, 'recordedFrom' | 'recordedTo'>,
): Promise<{ readonly first: number; readonly last: number }> {
  const [first, last] = await Promise.all([
    recordedFrom === undefined ? 0 : firstRecordedFrom(view, recordedFrom as Instant),
    recordedTo === undefined ? Infinity : lastRecordedBefore(view, recordedTo as Instant),
  ]);
  return { first: first ?? Infinity, last: last ?? -1 };
}
