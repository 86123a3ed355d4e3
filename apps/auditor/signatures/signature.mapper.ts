import type { auditor as proto } from '#contracts';
import type { JsonObject } from '#kernel';
import { canonicalBytes } from '#evidence';
import type { SignatureDocument } from './signature.projection.js';

export const toSignature = (
  { id, statement, key, signature, reason }: SignatureDocument,
  changedBy?: string,
): proto.Signature => ({
  ...{ id, reason, meaning: statement.meaning, subject: statement.subject, type: statement.type },
  ...{ revision: Number(statement.revision), eventId: statement.eventId, bytesSha256: statement.bytesSha256 },
  ...{ signer: statement.signer, signedAt: statement.signedAt },
  statement: Buffer.from(canonicalBytes(statement as unknown as JsonObject)),
  publicKey: Buffer.from(key, 'base64'),
  signature: Buffer.from(signature, 'base64'),
  ...(changedBy === undefined ? {} : { changedBy }),
});
