import { hash } from 'node:crypto';
import { assertNoProblems, epochMs, isDomainError, type Json, type Problem } from '#kernel';
import { encodeBase64, parseJson } from '#evidence';
import type { auditor as proto } from '#contracts';
import type { EventStore, StoredEvent } from '#event-store';
import { parseStatement, signatureStream, type SignatureStatement } from '#domain/signature';
import type { CallContext } from '#platform';
import { carriedOut } from '#runtime';
import { commandContext, reasonProblems } from '#service';
import type { Auditor } from '../auditor.js';
import { toSignature } from './signature.mapper.js';
import { signatureProjection } from './signature.projection.js';

/** A signature is made in the presence of the server: who signs has just proven to hold the key. */
export const presentForMs = 5 * 60_000;
const maxStatementBytes = 4096;

/**
 * Records a signature over an event that exists exactly so.
 * @throws SIGNATURE_INVALID with every problem; SIGNATURE_WRONG, SIGNER_KEY_DIFFERENT
 */
export async function signDigest(
  { runtime, signatures }: Auditor,
  request: proto.SignDigestRequest,
  context: CallContext,
): Promise<proto.SignDigestResponse> {
  const read = readStatement(request.statement);
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
  const { eventStore } = runtime.engines;
  assertNoProblems(await subjectProblems(eventStore, statement), 'SIGNATURE_INVALID');
  const stream = signatureStream(statement.signer);
  const [key, signature] = [encodeBase64(request.publicKey), encodeBase64(request.signature)];
  const command = { type: 'Sign', statement, key, signature, at: context.receivedAt } as const;
  await signatures.execute(stream, command, commandContext(context, request.reason));
  const { documents, position } = await carriedOut(
    eventStore,
    signatureProjection,
    stream,
    context.commandId,
  );
  const signed = documents.find((document) => document.signature === signature);
  return { signature: signed && toSignature(signed), position };
}

function readStatement(bytes: Uint8Array): ReturnType<typeof parseStatement> {
  try {
    return parseStatement(parseJson(bytes, { file: 'statement', maxBytes: maxStatementBytes }) as Json);
  } catch (error) {
    if (!(isDomainError(error) && error.kind === 'invalid')) throw error;
    return {
      problems: [
        {
          ...{ code: 'STATEMENT_INVALID', field: 'statement', message: error.message },
          ...{ found: `${bytes.length} bytes`, fix: '`holdfast sign` writes it' },
        },
      ],
    };
  }
}

function whoAndWhen({ signer, signedAt }: SignatureStatement, context: CallContext): readonly Problem[] {
  const awayMs = Math.abs(epochMs(context.receivedAt) - epochMs(signedAt));
  return [
    ...(signer === context.actor.id
      ? []
      : [
          {
            ...{ code: 'SIGNER_NOT_CALLER', field: 'statement.signer', found: signer.slice(0, 120) },
            ...{ message: 'is not who calls', fix: 'nobody signs for another: let them sign themselves' },
          },
        ]),
    ...(awayMs <= presentForMs
      ? []
      : [
          {
            ...{ code: 'SIGNED_ELSEWHEN', field: 'statement.signedAt', found: signedAt },
            message: `is ${Math.round(awayMs / 1000)} s from the time of the server; at most ${presentForMs / 1000}`,
            fix: 'sign again now; where the clocks differ, mend that first',
          },
        ]),
  ];
}

const lengthProblem = (field: string, { length }: Uint8Array, wanted: number): readonly Problem[] =>
  length === wanted
    ? []
    : [
        {
          ...{ code: 'LENGTH_WRONG', field, message: `is ${wanted} bytes of Ed25519` },
          ...{ found: `${length} bytes`, fix: 'take an Ed25519 key' },
        },
      ];

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

/** The event at one revision of a stream; undefined where there is none. */
export async function eventAt(
  eventStore: EventStore,
  stream: SignatureStatement['subject'],
  from: number,
): Promise<StoredEvent | undefined> {
  for await (const [event] of eventStore.readStream(stream, { from, limit: 1 })) return event;
  return undefined;
}
