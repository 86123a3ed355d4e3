import type { Instant, Json, JsonObject, Problem } from '#kernel';
import { canonicalBytes, preAuthentication } from '#evidence';
import { matches, statementProblems, type Shapes } from './shapes.js';

/** That another key signs for a person from now on. */
export type KeyStatement = {
  readonly v: 1;
  readonly signer: string;
  /** Ed25519, 32 bytes in base64. */
  readonly key: string;
  readonly replaces: string;
  readonly signedAt: Instant;
};

const payloadType = 'application/vnd.holdfast.signer-key+json';

/** What both keys sign; see `signedBytes`. */
export const keySignedBytes = (statement: KeyStatement): Uint8Array =>
  preAuthentication(payloadType, canonicalBytes(statement as unknown as JsonObject));

const publicKey = matches(/^[A-Za-z0-9+/]{43}=$/);
const shapes: Shapes<KeyStatement> = {
  v: [(value) => value === 1, 'is 1'],
  signer: [matches(/^.{1,200}$/u), 'is the id of an actor'],
  key: [publicKey, 'is 32 bytes in base64'],
  replaces: [publicKey, 'is 32 bytes in base64'],
  signedAt: [matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/), 'is a time in UTC with milliseconds'],
};

/** Narrows what a client sent; every problem at once. */
export function parseKeyStatement(
  value: Json,
): { readonly statement: KeyStatement } | { readonly problems: readonly Problem[] } {
  const problems = statementProblems(shapes, value, '`holdfast identity replace` writes it');
  return problems.length === 0 ? { statement: value as unknown as KeyStatement } : { problems };
}
