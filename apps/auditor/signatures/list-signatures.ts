import { assertNoProblems, streamUuid, type Problem, type StreamId } from '#kernel';
import type { auditor as proto } from '#contracts';
import type { EventStore } from '#event-store';
import { meanings, signatureStream } from '#domain/signature';
import { shownName } from '#key-store';
import { pageSize, type CallContext } from '#platform';
import { withReason } from '#runtime';
import { insideProblems } from '#service';
import type { Auditor } from '../auditor.js';
import { streamsOf } from '../history/subject.js';
import { actorOf } from '../people/actor.js';
import { eventAt } from './event-at.js';
import { toSignature } from './signature.mapper.js';
import { isSignature, type SignatureDocument } from './signature.projection.js';

/** @throws INVALID_REQUEST, SUBJECT_INVALID, SUBJECT_NOT_FOUND, ACTOR_NOT_FOUND, AMBIGUOUS_ID, PAGE_TOKEN_STALE */
export async function listSignatures(
  auditor: Auditor,
  { namespace, subject, signer, meaning, pageSize: size, pageToken }: proto.ListSignaturesRequest,
  context: CallContext,
): Promise<proto.ListSignaturesResponse> {
  assertNoProblems([...insideProblems(namespace), ...meaningProblems(meaning)], 'INVALID_REQUEST');
  await auditor.upToDate(context, ['history', 'signatures']);
  const streams = await streamsOf(auditor, { namespace, subject }, context);
  const about = streams && [...new Set(streams.map(streamUuid))];
  const page = await auditor.views.signatures.page({
    where: [
      { field: 'order', from: '' },
      ...(about === undefined ? [] : [{ field: 'about', is: about }]),
      ...(signer === undefined ? [] : [{ field: 'signer', is: await actorOf(auditor, signer, context) }]),
      ...(meaning === undefined ? [] : [{ field: 'meaning', is: meaning }]),
    ],
    sort: { field: 'order', direction: 'desc' },
    ...{ pageSize: pageSize(size), pageToken },
  });
  const items = page.items.filter(isSignature);
  const changes = await changesAfter(auditor.runtime.engines.eventStore, items);
  const signatures = await Promise.all(
    items.map((item) => shownSignature(auditor, item, changes.get(placeOf(item)))),
  );
  return { signatures, nextPageToken: page.nextPageToken };
}

/** With what only the directory and the signer's own stream can say. */
export async function shownSignature(
  { runtime, signatures }: Auditor,
  document: SignatureDocument,
  changedBy?: string,
): Promise<proto.Signature> {
  const { people } = runtime;
  const { state } = await signatures.load(signatureStream(document.signer));
  return toSignature(await withReason(people, document), {
    signerName: await shownName(people, document.signer),
    changedBy,
    keyReplaced: state.key !== document.key,
  });
}

const placeOf = ({ subject, statement }: SignatureDocument): string => `${subject}@${statement.revision}`;

/** The type of the event that came next, for each version that was signed; several signatures are often of one. */
async function changesAfter(
  eventStore: EventStore,
  signatures: readonly SignatureDocument[],
): Promise<ReadonlyMap<string, string>> {
  const versions = new Map<string, readonly [subject: StreamId, next: number]>();
  for (const item of signatures)
    versions.set(placeOf(item), [item.subject, Number(item.statement.revision) + 1]);
  const found = await Promise.all(
    [...versions].map(
      async ([place, [subject, next]]) => [place, await eventAt(eventStore, subject, next)] as const,
    ),
  );
  return new Map(found.flatMap(([place, event]) => (event === undefined ? [] : [[place, event.type]])));
}

const meaningProblems = (meaning: string | undefined): readonly Problem[] =>
  meaning === undefined || (meanings as readonly string[]).includes(meaning)
    ? []
    : [
        {
          ...{ code: 'MEANING_UNKNOWN', field: 'meaning', message: 'nobody signs for that' },
          ...{ found: meaning.slice(0, 120), fix: `one of ${meanings.join(', ')}` },
        },
      ];
