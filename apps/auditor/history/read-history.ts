import { assertNoProblems, type Instant } from '#kernel';
import type { auditor as proto } from '#contracts';
import type { CallContext } from '#platform';
import type { Auditor } from '../auditor.js';
import { withActor } from '../people/actor.js';
import { indexAsOf, newestIndex } from './as-of.js';
import { chooseEvents } from './choose-events.js';
import { historyProblems } from './history-problems.js';
import { toEvent } from './numbered.js';
import { streamsOf } from './subject.js';

/**
 * Events in the order of the whole store, pulled: what is not asked for is not read. Everything that was appended before the call
 * is in it, and nothing that was later, unless it follows.
 * @throws INVALID_REQUEST, SUBJECT_INVALID, SUBJECT_NOT_FOUND, ACTOR_NOT_FOUND, AMBIGUOUS_ID
 */
export async function* readHistory(
  auditor: Auditor,
  given: proto.ReadHistoryRequest,
  context: CallContext,
): AsyncGenerator<proto.ReadHistoryResponse> {
  assertNoProblems(historyProblems(given), 'INVALID_REQUEST');
  await auditor.upToDate(context, ['history']);
  const request = await withActor(auditor, given, context);
  const streams = await streamsOf(auditor, request, context);
  const newest = await newestIndex(auditor.views.history);
  await auditor.access.read(
    { question: 'history', asked: askedOf(request), follows: request.follow },
    context,
  );
  const resolved = await resolveAsOf(auditor, request.asOf, newest);
  const chosen = chooseEvents(auditor, {
    ...request,
    ...{ streams, newest, after: request.afterIndex ?? -1, signal: context.signal },
    upTo: Math.min(resolved ?? Infinity, request.toIndex ?? Infinity),
  });
  let left = request.limit === 0 ? Infinity : request.limit;
  // With `as_of` the last message says what it resolved to, so each event waits until the next one is known.
  let waiting: proto.ReadHistoryResponse | undefined;
  for await (const numbered of chosen) {
    if (waiting !== undefined) yield waiting;
    waiting = { event: await toEvent(auditor.runtime.people, numbered) };
    if (resolved === undefined) {
      yield waiting;
      waiting = undefined;
    }
    if (--left === 0) break;
  }
  if (resolved !== undefined) yield { event: waiting?.event, resolvedIndex: resolved };
}

/** Without the part of it that is taken: who resumes asks the same. */
function askedOf({
  subject,
  namespace,
  recordedFrom,
  recordedTo,
  asOf,
  actor,
  types,
}: proto.ReadHistoryRequest) {
  return {
    ...{ subject, namespace, actor, types, from: recordedFrom, to: recordedTo },
    asOf: asOf === undefined ? undefined : String(asOf.value),
  };
}

async function resolveAsOf(
  { views }: Auditor,
  asOf: proto.ReadHistoryRequest['asOf'],
  newest: number,
): Promise<number | undefined> {
  if (asOf === undefined) return undefined;
  if (asOf.$case === 'asOfTime') return indexAsOf(views.history, asOf.value as Instant);
  return Math.min(asOf.value, newest);
}
