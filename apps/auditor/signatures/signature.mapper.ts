import type { auditor as proto } from '#contracts';
import type { JsonObject } from '#kernel';
import { canonicalBytes } from '#evidence';
import type { Shown } from '#runtime';
import type { SignatureDocument } from './signature.projection.js';

/** What is not in the document: the printed name, what changed the subject since, and whether its key signs no more. */
export interface AboutSignature {
  readonly signerName?: string | undefined;
  readonly changedBy?: string | undefined;
  readonly keyReplaced: boolean;
}

export const toSignature = (
  { id, statement, key, signature, reason }: Shown<SignatureDocument>,
  { signerName, changedBy, keyReplaced }: AboutSignature,
): proto.Signature => ({
  ...{ id, reason, meaning: statement.meaning, subject: statement.subject, type: statement.type },
  ...{ revision: Number(statement.revision), eventId: statement.eventId, bytesSha256: statement.bytesSha256 },
  ...{ signer: statement.signer, signedAt: statement.signedAt },
  statement: Buffer.from(canonicalBytes(statement as unknown as JsonObject)),
  publicKey: Buffer.from(key, 'base64'),
  signature: Buffer.from(signature, 'base64'),
  ...{ signerName, keyReplaced },
  ...(changedBy === undefined ? {} : { changedBy }),
});
