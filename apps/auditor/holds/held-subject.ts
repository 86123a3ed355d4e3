import { assertNoProblems, DomainError, streamKind, streamUuid, type StreamId } from '#kernel';
import { disposalCodec, holdCodec } from '#contracts/stored';
import { subjectOf } from '#domain/disposal';
import { keptBy, labelOf, namespaceStream } from '#domain/retention';
import type { CallContext } from '#platform';
import { nameProblems, namespaceOf } from '#service';
import type { Auditor } from '../auditor.js';
import { streamsOf } from '../history/subject.js';

const mostTold = 1_000;

/** `namespace:NAME`, which has no stream of its own. @throws HOLD_INVALID */
export function namespaceNamed(subject: string): StreamId | undefined {
  const [, name] = /^namespace:(.*)$/s.exec(subject) ?? [];
  if (name === undefined) return undefined;
  assertNoProblems(nameProblems('subject', name), 'HOLD_INVALID');
  return namespaceStream(name);
}

/** A subject that was named, with its namespace and for all of its versions; undefined for an id. */
export function givenName({ namespace, subject }: Named): string | undefined {
  const [, kind, space, name] = /^([a-z]+):(?:([^/]*)\/)?(.+)$/s.exec(subject) ?? [];
  if (kind === undefined || name === undefined) return undefined;
  if (kind === 'namespace') return subject;
  return `${kind}:${space ?? namespaceOf(namespace)}/${name.replace(/@.*$/s, '')}`;
}

interface Named {
  readonly namespace: string;
  readonly subject: string;
}

/** What is to be held; a namespace must have a run. @throws HOLD_INVALID, SUBJECT_INVALID, SUBJECT_NOT_FOUND, AMBIGUOUS_ID */
export async function heldSubject(
  auditor: Auditor,
  { namespace, subject }: Named,
  context: CallContext,
): Promise<StreamId> {
  const space = namespaceNamed(subject);
  await auditor.upToDate(context, [space === undefined ? 'history' : 'runs']);
  if (space === undefined) {
    const streams = (await streamsOf(auditor, { namespace, subject }, context)) ?? [];
    // A run, its bundle and the tombstones of it share their UUID.
    const about = streams.find((stream) => stream.startsWith('run-')) ?? streams[0];
    if (about !== undefined) return about;
  } else {
    const where = [{ field: 'namespace', is: subject.slice('namespace:'.length) }];
    if ((await auditor.views.runs.query({ where, limit: 1 })).length > 0) return space;
  }
  throw new DomainError('not-found', 'SUBJECT_NOT_FOUND', `nothing is known of ${subject}`);
}

/** Holds in force that name a subject itself, by the events: what is destroyed goes for good, and a read model may have been smashed. */
export async function holdsOn(
  { runtime }: Auditor,
  subject: StreamId,
  { signal }: CallContext,
): Promise<StreamId[]> {
  const found = new Set<StreamId>();
  for await (const batch of runtime.engines.eventStore.readAll({ kinds: ['hold'], signal }))
    for (const { stream, type, bytes } of batch) {
      const { event } = holdCodec.decode(type, bytes);
      if (event.type === 'HoldReleased') found.delete(stream);
      else if (event.subject === subject) found.add(stream);
    }
  return [...found];
}

/**
 * What a new hold would keep, had it not been destroyed, or begun to be, before it: bytes of runs, by their id, and of datasets, as people
 * name them; or a person.
 */
export async function destroyedBefore(
  { runtime, persons }: Auditor,
  subject: StreamId,
  { signal }: CallContext,
): Promise<string[]> {
  if (streamKind(subject) === 'person') {
    const { state } = await persons.load(subject);
    return state.status === 'erased' ? [`person ${streamUuid(subject)}`] : [];
  }
  const found = new Map<string, string>();
  for await (const batch of runtime.engines.eventStore.readAll({ kinds: ['disposal'], signal }))
    for (const { stream, type, bytes } of batch) {
      const { event } = disposalCodec.decode(type, bytes);
      if (event.type === 'DisposalWithdrawn') found.delete(streamUuid(stream));
      if (event.type !== 'ArtifactsDisposed') continue;
      const facts = subjectOf(event);
      if (keptBy(facts).includes(subject)) found.set(facts.id, event.run ?? labelOf(facts));
    }
  return [...found.values()].slice(0, mostTold);
}
