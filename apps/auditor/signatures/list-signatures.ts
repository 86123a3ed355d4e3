import { assertNoProblems, streamUuid, type Problem, type StreamId } from '#kernel';
import type { auditor as proto } from '#contracts';
import type { EventStore } from '#event-store';
import { meanings } from '#domain/signature';
import { pageSize, type CallContext } from '#platform';
import { insideProblems } from '#service';
import type { Auditor } from '../auditor.js';
import { streamsOf } from '../history/subject.js';
import { eventAt } from './sign-digest.js';
import { toSignature } from './signature.mapper.js';
import type { SignatureDocument } from './signature.projection.js';

/** @throws INVALID_REQUEST, SUBJECT_INVALID, SUBJECT_NOT_FOUND, AMBIGUOUS_ID, PAGE_TOKEN_STALE */
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
      ...(about === undefined ? [] : [{ field: 'about', is: about }]),
      ...(signer === undefined ? [] : [{ field: 'signer', is: signer }]),
      ...(meaning === undefined ? [] : [{ field: 'meaning', is: meaning }]),
    ],
    sort: { field: 'order', direction: 'desc' },
    ...{ pageSize: pageSize(size), pageToken },
  });
  const changes = await changesAfter(auditor.runtime.engines.eventStore, page.items);
  return {
    signatures: page.items.map((item) => toSignature(item, changes.get(placeOf(item)))),
    nextPageToken: page.nextPageToken,
  };
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
