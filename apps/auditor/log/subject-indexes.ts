import { DomainError, type StreamId } from '#kernel';
import type { auditor as proto } from '#contracts';
import type { CallContext } from '#platform';
import type { Auditor } from '../auditor.js';
import { newestIndex } from '../history/as-of.js';
import { placeOf, type EventDocument } from '../history/history.projection.js';
import { streamsOf } from '../history/subject.js';

export interface SubjectIndexes {
  /** In order of streams, then revisions. */
  readonly indexes: AsyncIterable<number>;
  /** The greatest of them. */
  readonly last: number;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const pageEvents = 1000;

/**
 * Where in the log the events of a subject are: those of its streams, or the one of an event id or index.
 * @throws EVENT_NOT_FOUND
 */
export async function subjectIndexes(
  auditor: Auditor,
  request: proto.ProveEventsRequest,
  context: CallContext,
): Promise<SubjectIndexes> {
  const { subject, index, types } = request;
  if (index !== undefined) return atIndex(auditor, index, context);
  await auditor.upToDate(context, ['history']);
  const { history } = auditor.views;
  const one = uuid.test(subject) ? ((await history.get(subject)) as EventDocument | undefined) : undefined;
  if (one !== undefined) return just(one.index);
  const streams = (await streamsOf(auditor, request, context)) ?? [];
  const wanted = types.length === 0 ? undefined : new Set(types);
  let last = -1;
  // Read twice rather than kept: a stream may be long.
  for await (const at of eventsOf(auditor, streams, wanted)) last = Math.max(last, at);
  if (last < 0)
    throw new DomainError('not-found', 'EVENT_NOT_FOUND', `${subject} has no event of ${types.join(', ')}`);
  return { indexes: eventsOf(auditor, streams, wanted), last };
}

/** What is in the log needs no read model; of what is not, one says whether it may come. @throws EVENT_NOT_FOUND */
async function atIndex(auditor: Auditor, index: number, context: CallContext): Promise<SubjectIndexes> {
  const logged = await auditor.log.checkpoint().then(
    ({ checkpoint }) => checkpoint.size,
    () => 0,
  );
  if (index < logged) return just(index);
  await auditor.upToDate(context, ['history']);
  const newest = await newestIndex(auditor.views.history);
  if (index <= newest) return just(index);
  const message = `no event has index ${index}: the newest has ${newest}`;
  throw new DomainError('not-found', 'EVENT_NOT_FOUND', message);
}

const just = (index: number): SubjectIndexes => ({
  last: index,
  indexes: (async function* () {
    yield index;
  })(),
});

async function* eventsOf(
  { views }: Auditor,
  streams: readonly StreamId[],
  wanted: ReadonlySet<string> | undefined,
): AsyncGenerator<number> {
  for (const stream of streams) {
    for (let from = 0; ; from += pageEvents) {
      const page = (await views.history.query({
        where: [{ field: 'place', from: placeOf(stream, from), to: placeOf(stream, from + pageEvents - 1) }],
        sort: { field: 'place', direction: 'asc' },
        limit: pageEvents,
      })) as EventDocument[];
      for (const { type, index } of page) if (wanted?.has(type) ?? true) yield index;
      if (page.length < pageEvents) break;
    }
  }
}
