import { assertNoProblems, streamKind, type Instant, type Json, type StreamId } from '#kernel';
import type { auditor as proto } from '#contracts';
import { decodeEnvelope } from '#contracts/stored';
import { canonicalBytes } from '#evidence';
import { missing, type CallContext } from '#platform';
import { openFold, stateDifferences } from '#replay';
import { nameProblems, namespaceOf } from '#service';
import type { Auditor } from '../auditor.js';
import { indexAsOf, newestIndex } from './as-of.js';
import { indexProblems, timeProblems } from './history-problems.js';
import type { Numbered } from './numbered.js';
import { ofStreams } from './of-streams.js';
import { streamsOf } from './subject.js';

/** Differences of one stream that are told. */
const mostDifferences = 1000;

/**
 * What a subject's events had added up to at two moments, by the domain's own deciders, and where that differs. Nothing is asked but
 * the events, and no more of them is held than the state.
 * @throws INVALID_REQUEST, SUBJECT_INVALID, SUBJECT_NOT_FOUND, AMBIGUOUS_ID, UNKNOWN_EVENT
 */
export async function compareMoments(
  auditor: Auditor,
  request: proto.CompareMomentsRequest,
  context: CallContext,
): Promise<proto.CompareMomentsResponse> {
  assertNoProblems(problemsOf(request), 'INVALID_REQUEST');
  await auditor.upToDate(context, ['history']);
  const streams = (await streamsOf(auditor, request, context)) ?? [];
  const { views } = auditor;
  const [beforeIndex, afterIndex] = [
    await resolve(views.history, request.before),
    await resolve(views.history, request.after),
  ];
  await auditor.access.read({ question: 'moments', asked: askedOf(request) }, context);
  const compared: proto.StreamComparison[] = [];
  for (const stream of [...streams].sort())
    compared.push(await compare(auditor, stream, [beforeIndex, afterIndex], context));
  return { beforeIndex, afterIndex, streams: compared.filter(({ before, after }) => before ?? after) };
}

function problemsOf({ namespace, subject, before, after }: proto.CompareMomentsRequest) {
  const of = (field: string, moment: proto.Moment['moment']) =>
    moment?.$case === 'index'
      ? indexProblems(`${field}.index`, moment.value)
      : timeProblems(`${field}.time`, moment?.value);
  return [
    ...missing('subject', subject),
    ...nameProblems('namespace', namespaceOf(namespace)),
    ...of('before', before?.moment),
    ...of('after', after?.moment),
  ];
}

const text = (given: proto.Moment | undefined): string | undefined =>
  given?.moment && String(given.moment.value);

const askedOf = ({ subject, namespace, before, after }: proto.CompareMomentsRequest) => ({
  ...{ subject, namespace, from: text(before), to: text(after) },
});

async function resolve(view: Auditor['views']['history'], given: proto.Moment | undefined): Promise<number> {
  const moment = given?.moment;
  if (moment?.$case === 'time') return indexAsOf(view, moment.value as Instant);
  const newest = await newestIndex(view);
  return moment === undefined ? newest : Math.min(moment.value, newest);
}

async function compare(
  auditor: Auditor,
  stream: StreamId,
  indexes: readonly [before: number, after: number],
  context: CallContext,
): Promise<proto.StreamComparison> {
  const known = await statesAt(auditor, stream, indexes, context);
  const [before, after] = indexes.map((index) => known.get(index));
  const differences: proto.StateDifference[] = [];
  let moreDifferences = false;
  for (const { path, before: a, after: b } of stateDifferences(before?.value, after?.value)) {
    moreDifferences = differences.length === mostDifferences;
    if (moreDifferences) break;
    differences.push({
      path,
      ...(a === undefined ? {} : { before: JSON.stringify(a) }),
      ...(b === undefined ? {} : { after: JSON.stringify(b) }),
    });
  }
  return {
    stream,
    ...(before === undefined ? {} : { before: before.state }),
    ...(after === undefined ? {} : { after: after.state }),
    differences,
    moreDifferences,
  };
}

interface Known {
  readonly state: proto.StreamState;
  readonly value: Json | undefined;
}

/** By index, what the events up to it add up to; nothing where the stream had not begun. */
async function statesAt(
  { runtime, views }: Auditor,
  stream: StreamId,
  indexes: readonly number[],
  { signal }: CallContext,
): Promise<ReadonlyMap<number, Known>> {
  const wanted = [...new Set(indexes)].sort((a, b) => a - b);
  const fold = openFold(streamKind(stream));
  const found = new Map<number, Known>();
  let last: Numbered | undefined;
  const keep = (index: number) => {
    if (last !== undefined) found.set(index, knownOf(last, fold?.state()));
  };
  const options = { after: -1, upTo: wanted.at(-1) ?? -1, where: [], signal };
  for await (const events of ofStreams(runtime.engines.eventStore, views.history, [stream], options)) {
    for (const event of events) {
      while (wanted[0] !== undefined && wanted[0] < event.index) keep(wanted.shift() as number);
      fold?.add(event.stored.type, event.stored.bytes);
      last = event;
    }
  }
  for (const index of wanted) keep(index);
  return found;
}

function knownOf({ index, stored }: Numbered, value: Json | undefined): Known {
  const { revision, eventId, type, bytes } = stored;
  const { recordedAt } = decodeEnvelope(bytes).metadata;
  const state = Buffer.from(value === undefined ? '' : canonicalBytes(value));
  return { value, state: { index, revision, eventId, type, recordedAt, state } };
}
