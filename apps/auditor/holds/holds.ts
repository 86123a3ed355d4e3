import { assertNoProblems, DomainError, streamId, streamUuid, type Problem, type StreamId } from '#kernel';
import type { auditor as proto } from '#contracts';
import { holdStream } from '#domain/hold';
import { pageSize, type CallContext } from '#platform';
import { shownName, shownText, type Subjects } from '#key-store';
import { carriedOut } from '#runtime';
import { authorityProblems, commandContext, insideProblems, reasonProblems } from '#service';
import type { Auditor } from '../auditor.js';
import { findById } from '../find-by-id.js';
import { streamsOf } from '../history/subject.js';
import { destroyedBefore, heldSubject, givenName, namespaceNamed } from './held-subject.js';
import { holdProjection, type HoldDocument } from './hold.projection.js';

/** @throws HOLD_INVALID with every problem; SUBJECT_INVALID, SUBJECT_NOT_FOUND, AMBIGUOUS_ID */
export async function placeHold(
  auditor: Auditor,
  { namespace, subject, authority, reason }: proto.PlaceHoldRequest,
  context: CallContext,
): Promise<proto.PlaceHoldResponse> {
  assertNoProblems(
    [
      ...insideProblems(namespace),
      ...(subject === '' ? [nothingHeld] : []),
      ...authorityProblems(authority),
      ...reasonProblems(reason),
    ],
    'HOLD_INVALID',
  );
  const about = await heldSubject(auditor, { namespace, subject }, context);
  const stream = holdStream(context.commandId);
  const label = givenName({ namespace, subject });
  const command = {
    ...({ type: 'PlaceHold', subject: about, authority, at: context.receivedAt } as const),
    ...(label === undefined ? {} : { label }),
  };
  await auditor.holds.execute(stream, command, commandContext(context, reason));
  const tooLateFor = await destroyedBefore(auditor, about, context);
  return { ...(await answer(auditor, stream, context)), tooLateFor };
}

/** @throws HOLD_INVALID with every problem; HOLD_NOT_FOUND, AMBIGUOUS_ID */
export async function releaseHold(
  auditor: Auditor,
  { hold, authority, reason }: proto.ReleaseHoldRequest,
  context: CallContext,
): Promise<proto.ReleaseHoldResponse> {
  assertNoProblems([...authorityProblems(authority), ...reasonProblems(reason)], 'HOLD_INVALID');
  await auditor.upToDate(context, ['holds']);
  const found = await findById(auditor.views.holds, hold);
  if (found === undefined) throw new DomainError('not-found', 'HOLD_NOT_FOUND', 'there is no such hold');
  const stream = streamId('hold', found.id);
  const command = { type: 'ReleaseHold', authority, at: context.receivedAt } as const;
  await auditor.holds.execute(stream, command, commandContext(context, reason));
  return answer(auditor, stream, context);
}

/** @throws INVALID_REQUEST, SUBJECT_INVALID, SUBJECT_NOT_FOUND, AMBIGUOUS_ID, PAGE_TOKEN_STALE */
export async function listHolds(
  auditor: Auditor,
  { namespace, subject, inForce, pageSize: size, pageToken }: proto.ListHoldsRequest,
  context: CallContext,
): Promise<proto.ListHoldsResponse> {
  assertNoProblems(insideProblems(namespace), 'INVALID_REQUEST');
  await auditor.upToDate(context, ['history', 'holds']);
  const space = namespaceNamed(subject);
  const streams = space ? [space] : await streamsOf(auditor, { namespace, subject }, context);
  const about = streams && [...new Set(streams.map(streamUuid))];
  const page = await auditor.views.holds.page({
    where: [
      ...(about === undefined ? [] : [{ field: 'about', is: about }]),
      ...(inForce ? [{ field: 'inForce', is: true }] : []),
    ],
    sort: { field: 'order', direction: 'desc' },
    ...{ pageSize: pageSize(size), pageToken },
  });
  const { people } = auditor.runtime;
  const holds = await Promise.all(page.items.map((item) => toHold(people, item)));
  return { holds, nextPageToken: page.nextPageToken };
}

async function answer({ runtime }: Auditor, stream: StreamId, { commandId }: CallContext) {
  const { documents, position } = await carriedOut(
    runtime.engines.eventStore,
    holdProjection,
    stream,
    commandId,
  );
  const [found] = documents;
  return { hold: found && (await toHold(runtime.people, found)), position };
}

async function toHold(
  people: Subjects,
  { about: _a, inForce: _i, order: _o, released, ...hold }: HoldDocument,
): Promise<proto.Hold> {
  return {
    ...hold,
    reason: await shownText(people, hold.reason),
    placedByName: await shownName(people, hold.placedBy),
    released: released && {
      ...released,
      reason: await shownText(people, released.reason),
      byName: await shownName(people, released.by),
    },
  };
}

const nothingHeld: Problem = {
  ...{ code: 'REQUIRED', field: 'subject', message: 'says what is kept', found: '' },
  fix: 'name it as `holdfast history` does',
};
