import { isStreamId, type Json, type JsonObject, type Problem } from '#kernel';
import { canonicalBytes, preAuthentication } from '#evidence';
import { meanings, type SignatureStatement } from './events.js';
import { matches, statementProblems, type Shapes } from './shapes.js';

const payloadType = 'application/vnd.holdfast.signature+json';

/** What the private key signs: the pre-authentication encoding of DSSE over the canonical statement, so that it can be taken for nothing else. */
export const signedBytes = (statement: SignatureStatement): Uint8Array =>
  preAuthentication(payloadType, canonicalBytes(statement as unknown as JsonObject));

const shapes: Shapes<SignatureStatement> = {
  v: [(value) => value === 1, 'is 1'],
  meaning: [(value) => (meanings as readonly Json[]).includes(value), `is one of ${meanings.join(', ')}`],
  subject: [(value) => typeof value === 'string' && isStreamId(value), 'is a stream, KIND-UUID'],
  revision: [matches(/^(0|[1-9]\d{0,15})$/), 'is a decimal number'],
  eventId: [matches(/^[0-9a-f-]{36}$/), 'is a UUID'],
  type: [matches(/^[A-Z][A-Za-z]{0,99}$/), 'is the type of an event'],
  bytesSha256: [matches(/^[0-9a-f]{64}$/), 'is 64 hex digits'],
  signer: [matches(/^.{1,200}$/u), 'is the id of an actor'],
  signedAt: [matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/), 'is a time in UTC with milliseconds'],
};

/** Narrows what a client sent; every problem at once. */
export function parseStatement(
  value: Json,
): { readonly statement: SignatureStatement } | { readonly problems: readonly Problem[] } {
  const problems = statementProblems(shapes, value, '`holdfast sign` writes it');
  return problems.length === 0 ? { statement: value as unknown as SignatureStatement } : { problems };
}
