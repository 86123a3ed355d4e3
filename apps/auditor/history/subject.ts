import { assertNoProblems, DomainError, isStreamId, streamUuid, type StreamId } from '#kernel';
import { baselineStream } from '#domain/baseline';
import { blueprintStream } from '#domain/blueprint';
import { datasetStream } from '#domain/dataset';
import { environmentStream } from '#domain/environment';
import { knobStream } from '#domain/knob';
import type { CallContext } from '#platform';
import { namespaceOf } from '#service';
import type { Auditor } from '../auditor.js';
import { findById, idPattern, theOnly } from '../find-by-id.js';
import { findRun } from '../find-run.js';
import { placeOf, type EventDocument } from './history.projection.js';

/** Streams of things that are found by name. `penguins/species` names another namespace. */
const named: Readonly<Record<string, (namespace: string, name: string) => StreamId>> = {
  knob: knobStream,
  dataset: datasetStream,
  blueprint: blueprintStream,
  environment: environmentStream,
  baseline(namespace, name) {
    const [blueprint = '', metric = '', channel = 'dev'] = name.split(':');
    return baselineStream(namespace, blueprint, channel, metric);
  },
};

/**
 * The streams that a subject means: a run and its bundle share a UUID. Undefined for the empty subject, everything. Without a
 * namespace, names are of the default one and `last` of any.
 * @throws SUBJECT_INVALID, SUBJECT_NOT_FOUND, AMBIGUOUS_ID
 */
export async function streamsOf(
  auditor: Auditor,
  { subject, namespace }: { readonly subject: string; readonly namespace: string },
  context: CallContext,
): Promise<readonly StreamId[] | undefined> {
  if (subject === '') return undefined;
  const found = await lookUp(auditor, subject, namespace, context);
  if (found.length > 0) return found;
  const message = `nothing is known of ${subject}; \`holdfast runs\` and \`holdfast history\` show what there is`;
  throw new DomainError('not-found', 'SUBJECT_NOT_FOUND', message);
}

/** Other read models than that of history are asked only where they must be: one that cannot go on stops nothing else. */
async function lookUp(
  auditor: Auditor,
  subject: string,
  namespace: string,
  context: CallContext,
): Promise<readonly StreamId[]> {
  const { views } = auditor;
  if (subject === 'last') {
    await auditor.upToDate(context, ['runs']);
    const run = await findRun(views.runs, namespace, 'last');
    return run ? begunBy(views, run.id, 'last') : [];
  }
  if (isStreamId(subject)) return (await exists(views, subject)) ? [subject] : [];
  const [, kind, name] = /^([a-z]+):(.+)$/s.exec(subject) ?? [];
  if (kind !== undefined && name !== undefined && Object.hasOwn(named, kind)) {
    const [, other, bare = ''] = /^(?:([^/]+)\/)?(.*)$/s.exec(name.replace(/@.*$/s, '')) ?? [];
    const stream = named[kind]?.(other ?? namespaceOf(namespace), bare) as StreamId;
    return (await exists(views, stream)) ? [stream] : [];
  }
  const [, ofKind, given = ''] = /^(?:([a-z]+)-)?([0-9a-fA-F-]+)$/.exec(subject) ?? [];
  if (!idPattern.test(given.toLowerCase())) refuse(subject);
  const streams = await begunBy(views, given.toLowerCase(), subject);
  const found = streams.length > 0 ? streams : await ofFinding(auditor, given, context);
  return ofKind === undefined ? found : found.filter((stream) => stream.startsWith(`${ofKind}-`));
}

/** What drift lists call an id is that of a finding, not of a stream. */
async function ofFinding(
  auditor: Auditor,
  given: string,
  context: CallContext,
): Promise<readonly StreamId[]> {
  await auditor.upToDate(context, ['drifts']);
  const drift = await findById(auditor.views.drifts, given);
  return drift ? [drift.stream] : [];
}

type Views = Auditor['views'];

const mostCandidates = 100;

async function begunBy(views: Views, prefix: string, given: string): Promise<readonly StreamId[]> {
  const begun = (await views.history.query({
    where: [{ field: 'begins', prefix }],
    limit: mostCandidates,
  })) as EventDocument[];
  const only = theOnly(
    begun.map(({ stream }) => streamUuid(stream)),
    given,
  );
  return only === undefined ? [] : begun.map(({ stream }) => stream);
}

async function exists(views: Views, stream: StreamId): Promise<boolean> {
  const [first] = await views.history.query({
    where: [{ field: 'place', is: placeOf(stream, 0) }],
    limit: 1,
  });
  return first !== undefined;
}

function refuse(subject: string): void {
  const message =
    'is an id, at least four characters of one, KIND-ID, `last`, or KIND:NAME of knob, dataset, blueprint, environment or baseline';
  const problem = { code: 'SUBJECT_INVALID', field: 'subject', message, found: subject.slice(0, 120) };
  assertNoProblems([{ ...problem, fix: 'write it like knob:l2' }], 'SUBJECT_INVALID');
}
