import { hash } from 'node:crypto';
import { assertNoProblems, type Problem } from '#kernel';
import { encodeBase64 } from '#evidence';
import type { auditor as proto } from '#contracts';
import type { EventStore } from '#event-store';
import { parseStatement, signatureStream, type SignatureStatement } from '#domain/signature';
import type { CallContext } from '#platform';
import { carriedOut } from '#runtime';
import { commandContext, reasonProblems } from '#service';
import type { Auditor } from '../auditor.js';
import { eventAt } from './event-at.js';
import { shownSignature } from './list-signatures.js';
import { claimKey } from './own-key.js';
import { lengthProblem, readStatement, whoAndWhen } from './read-statement.js';
import { isSignature, signatureProjection } from './signature.projection.js';

/**
 * Records a signature over an event that exists exactly so.
 * @throws SIGNATURE_INVALID with every problem; SIGNATURE_WRONG, SIGNER_KEY_DIFFERENT, SIGNER_KEY_TAKEN
 */
export async function signDigest(
  auditor: Auditor,
  request: proto.SignDigestRequest,
  context: CallContext,
): Promise<proto.SignDigestResponse> {
  const read = readStatement(request.statement, parseStatement);
  assertNoProblems(
    [
      ...('problems' in read ? read.problems : whoAndWhen(read.statement, context)),
      ...lengthProblem('public_key', request.publicKey, 32),
      ...lengthProblem('signature', request.signature, 64),
      ...reasonProblems(request.reason),
    ],
    'SIGNATURE_INVALID',
  );
  const { statement } = read as { readonly statement: SignatureStatement };
  const { eventStore } = auditor.runtime.engines;
  assertNoProblems(await subjectProblems(eventStore, statement), 'SIGNATURE_INVALID');
  const stream = signatureStream(statement.signer);
  const [key, signature] = [encodeBase64(request.publicKey), encodeBase64(request.signature)];
  const command = { type: 'Sign', statement, key, signature, at: context.receivedAt } as const;
  await claimKey(auditor, stream, command, context);
  await auditor.signatures.execute(stream, command, commandContext(context, request.reason));
  const { documents, position } = await carriedOut(
    eventStore,
    signatureProjection,
    stream,
    context.commandId,
  );
  const signed = documents.filter(isSignature).find((document) => document.signature === signature);
  return { signature: signed && (await shownSignature(auditor, signed)), position };
}

async function subjectProblems(
  eventStore: EventStore,
  statement: SignatureStatement,
): Promise<readonly Problem[]> {
  const { subject, revision, eventId, type, bytesSha256 } = statement;
  const event = await eventAt(eventStore, subject, Number(revision));
  const isThat =
    event?.eventId === eventId && event.type === type && hash('sha256', event.bytes) === bytesSha256;
  return isThat
    ? []
    : [
        {
          ...{ code: 'SUBJECT_DIFFERENT', field: 'statement', found: `${subject}@${revision}` },
          message: event === undefined ? 'there is no such event' : 'is not what is stored there',
          fix: 'look at it again, with `holdfast history`, and sign what is there',
        },
      ];
}
