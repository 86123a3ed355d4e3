import { assertNoProblems, isInstant, type Instant, type Problem, type StreamId } from '#kernel';
import type { auditor as proto } from '#contracts';
import { decodeEnvelope } from '#contracts/stored';
import type { Condition } from '#read-store';
import type { CallContext } from '#platform';
import { nameProblems, namespaceOf } from '#service';
import type { Auditor } from '../auditor.js';
import { indexAsOf, newestIndex } from './as-of.js';
import { toEvent, type Numbered } from './numbered.js';
import { ofStreams } from './of-streams.js';
import { streamsOf } from './subject.js';
import { wholeStore } from './whole-store.js';

const mostTypes = 100;

/**
 * Events in the order of the whole store, pulled: what is not asked for is not read. Everything that was appended before the call
 * is in it.
 * @throws INVALID_REQUEST, SUBJECT_INVALID, SUBJECT_NOT_FOUND, AMBIGUOUS_ID
 */
export async function* readHistory(
  auditor: Auditor,
  request: proto.ReadHistoryRequest,
  context: CallContext,
): AsyncGenerator<proto.ReadHistoryResponse> {
  assertNoProblems(problemsOf(request), 'INVALID_REQUEST');
  await auditor.upToDate(context, ['history']);
  const streams = await streamsOf(auditor, request, context);
  const resolved = await resolveAsOf(auditor, request.asOf);
  const chosen = choose(auditor, request, streams, resolved, context.signal);
  let left = request.limit === 0 ? Infinity : request.limit;
  // With `as_of` the last message says what it resolved to, so each event waits until the next one is known.
  let waiting: proto.ReadHistoryResponse | undefined;
  for await (const numbered of chosen) {
    if (waiting !== undefined) yield waiting;
    waiting = { event: toEvent(numbered) };
    if (resolved === undefined) {
      yield waiting;
      waiting = undefined;
    }
    if (--left === 0) break;
  }
  if (resolved !== undefined) yield { event: waiting?.event, resolvedIndex: resolved };
}

function problemsOf(request: proto.ReadHistoryRequest): readonly Problem[] {
  const { afterIndex, asOf, types, limit, follow } = request;
  const problem = (code: string, field: string, message: string, fix: string, found?: string): Problem[] => [
    { code, field, message, fix, ...(found === undefined ? {} : { found }) },
  ];
  const isIndex = (value: number) => Number.isSafeInteger(value) && value >= 0;
  const index = (field: string, value: number | undefined) =>
    value === undefined || isIndex(value)
      ? []
      : problem(
          'INDEX_INVALID',
          field,
          'is a whole number from 0',
          'take the index of an event',
          String(value),
        );
  return [
    ...nameProblems('namespace', namespaceOf(request.namespace)),
    ...index('after_index', afterIndex),
    ...(asOf?.$case === 'asOfIndex' ? index('as_of_index', asOf.value) : []),
    ...(asOf?.$case === 'asOfTime' && !isInstant(asOf.value)
      ? problem('TIME_INVALID', 'as_of_time', 'is no time', 'write it like 2026-01-31T09:30:00.000Z')
      : []),
    ...(asOf !== undefined && follow
      ? problem('FOLLOW_AS_OF', 'follow', 'nothing new comes to the past', 'leave out follow or as_of')
      : []),
    ...(isIndex(limit)
      ? []
      : problem('LIMIT_INVALID', 'limit', 'is 0, for no limit, or more', 'leave it out', String(limit))),
    ...(types.length > mostTypes
      ? problem('TOO_MANY', 'types', `at most ${mostTypes}`, 'name fewer, or none for all')
      : []),
  ];
}

async function resolveAsOf(
  { views }: Auditor,
  asOf: proto.ReadHistoryRequest['asOf'],
): Promise<number | undefined> {
  if (asOf === undefined) return undefined;
  if (asOf.$case === 'asOfTime') return indexAsOf(views.history, asOf.value as Instant);
  return Math.min(asOf.value, await newestIndex(views.history));
}

async function* choose(
  { runtime, views }: Auditor,
  { afterIndex = -1, types, actor, follow }: proto.ReadHistoryRequest,
  streams: readonly StreamId[] | undefined,
  resolved: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<Numbered> {
  const { eventStore } = runtime.engines;
  const upTo = resolved ?? Infinity;
  const wanted = new Set(types);
  const fits = ({ stored }: Numbered) =>
    (streams === undefined || streams.includes(stored.stream)) &&
    (wanted.size === 0 || wanted.has(stored.type)) &&
    (actor === undefined || decodeEnvelope(stored.bytes).metadata.actor.id === actor);
  let after = afterIndex;
  if (streams !== undefined) {
    // What follows is read from here on, so the two neither overlap nor leave a gap.
    const seen = Math.min(upTo, await newestIndex(views.history));
    const where: Condition[] = [
      ...(types.length === 0 ? [] : [{ field: 'type', is: types }]),
      ...(actor === undefined ? [] : [{ field: 'actor', is: actor }]),
    ];
    for await (const events of ofStreams(eventStore, views.history, streams, {
      after,
      upTo: seen,
      where,
      signal,
    }))
      yield* events;
    if (!follow) return;
    after = Math.max(after, seen);
  }
  for await (const events of wholeStore(eventStore, views.history, { after, follow, signal })) {
    for (const event of events) {
      if (event.index > upTo) return;
      if (fits(event)) yield event;
    }
  }
}
