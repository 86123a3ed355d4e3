import { epochMs, isDomainError, type Json, type Problem } from '#kernel';
import { parseJson } from '#evidence';
import type { SignatureStatement } from '#domain/signature';
import type { CallContext } from '#platform';

/** A signature is made in the presence of the server: who signs has just proven to hold the key. */
export const presentForMs = 5 * 60_000;
const maxStatementBytes = 4096;

type Read<Statement> = { readonly statement: Statement } | { readonly problems: readonly Problem[] };

/** A statement as a client sent it, or everything that is wrong with it. */
export function readStatement<Statement>(
  bytes: Uint8Array,
  parse: (value: Json) => Read<Statement>,
): Read<Statement> {
  try {
    return parse(parseJson(bytes, { file: 'statement', maxBytes: maxStatementBytes }) as Json);
  } catch (error) {
    if (!(isDomainError(error) && error.kind === 'invalid')) throw error;
    return {
      problems: [
        {
          ...{ code: 'STATEMENT_INVALID', field: 'statement', message: error.message },
          ...{ found: `${bytes.length} bytes`, fix: '`holdfast` writes it' },
        },
      ],
    };
  }
}

/** Nobody signs for another, or at another time than now. */
export function whoAndWhen(
  { signer, signedAt }: Pick<SignatureStatement, 'signer' | 'signedAt'>,
  context: CallContext,
): readonly Problem[] {
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

export const lengthProblem = (field: string, { length }: Uint8Array, wanted: number): readonly Problem[] =>
  length === wanted
    ? []
    : [
        {
          ...{ code: 'LENGTH_WRONG', field, message: `is ${wanted} bytes of Ed25519` },
          ...{ found: `${length} bytes`, fix: 'take an Ed25519 key' },
        },
      ];
