import { assertNoProblems } from '#kernel';
import type { auditor as proto, common } from '#contracts';
import { missing, type CallContext } from '#platform';
import type { View } from '#runtime';
import { nameProblems, namespaceOf } from '#service';
import type { Auditor } from '../auditor.js';
import { placeOf, type EventDocument, type HistoryDocument } from './history.projection.js';
import { toEvent } from './numbered.js';
import { storedOf } from './stored-events.js';
import { streamsOf } from './subject.js';

/** Causes that are walked at most. */
const longestChain = 1000;

/**
 * From the newest event of a subject back to its first cause, and the reason that a person gave there. Where the first cause has
 * none, the first event with a reason among all that the same request set off is taken, then the nearest one on the way.
 */
export async function explainWhy(
  auditor: Auditor,
  request: proto.ExplainWhyRequest,
  context: CallContext,
): Promise<proto.ExplainWhyResponse> {
  assertNoProblems(
    [...missing('subject', request.subject), ...nameProblems('namespace', namespaceOf(request.namespace))],
    'INVALID_REQUEST',
  );
  await auditor.upToDate(context, ['history']);
  const { runtime, views } = auditor;
  const streams = (await streamsOf(auditor, request, context)) ?? [];
  const { subject, namespace } = request;
  await auditor.access.read({ question: 'why', asked: { subject, namespace } }, context);
  const newest = await Promise.all(
    streams.map(async (stream) => {
      const where = [
        { field: 'place', from: placeOf(stream, 0), to: placeOf(stream, Number.MAX_SAFE_INTEGER) },
      ];
      const sort = { field: 'place', direction: 'desc' } as const;
      return (await views.history.query({ where, sort, limit: 1 }))[0] as EventDocument;
    }),
  );
  const [effect] = newest.sort((a, b) => b.index - a.index);
  const causes = effect ? await chainFrom(views.history, effect) : [];
  const found = await storedOf(runtime.engines.eventStore, causes, context.signal);
  const chain = await Promise.all(found.map((each) => toEvent(runtime.people, each)));
  const told = reasoned(chain);
  return { chain, reason: told?.reason ?? '', actor: (told ?? chain.at(-1))?.actor };
}

/** The effect first. An event that is its own cause, or whose cause is not in the store, ends the chain. */
async function chainFrom(view: View<HistoryDocument>, effect: EventDocument): Promise<EventDocument[]> {
  const chain = [effect];
  const seen = new Set([effect.id]);
  let root = effect;
  while (root.causation !== undefined && !seen.has(root.causation) && chain.length < longestChain) {
    const cause = (await view.get(root.causation)) as EventDocument | undefined;
    if (cause === undefined) break;
    seen.add(cause.id);
    chain.push(cause);
    root = cause;
  }
  if (root.reasoned) return chain;
  const first = await firstReason(view, root.correlation);
  return first === undefined || seen.has(first.id) ? chain : [...chain, first];
}

async function firstReason(
  view: View<HistoryDocument>,
  correlation: string,
): Promise<EventDocument | undefined> {
  const [found] = (await view.query({
    where: [
      { field: 'correlation', is: correlation },
      { field: 'reasoned', is: true },
    ],
    sort: { field: 'index', direction: 'asc' },
    limit: 1,
  })) as EventDocument[];
  return found;
}

const reasoned = (chain: readonly common.Event[]): common.Event | undefined =>
  chain.findLast(({ reason }) => reason !== undefined && reason !== '');
