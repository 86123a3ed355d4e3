import { streamUuid, type Instant, type StreamId } from '#kernel';
import { signatureCodec } from '#contracts/stored';
import type { Meaning, SignatureStatement } from '#domain/signature';
import type { Document } from '#read-store';
import type { Projection, Reason } from '#runtime';

/** One signature; its id is that of the event. */
export interface SignatureDocument extends Document {
  readonly statement: SignatureStatement;
  readonly key: string;
  readonly signature: string;
  readonly reason: Reason;
  readonly subject: StreamId;
  /** What the subject's stream shares with others of the same thing: a run and its bundle. */
  readonly about: string;
  readonly signer: string;
  readonly meaning: Meaning;
  readonly signedAt: Instant;
  /** Sorted downwards: newest first. */
  readonly order: string;
}

/** Whose key it is, for ever: {@link keyId}. */
export interface SigningKeyDocument extends Document {
  readonly keyOf: string;
}

/** Of what the model holds, what lists show. */
export const isSignature = (
  document: SignatureDocument | SigningKeyDocument,
): document is SignatureDocument => 'signature' in document;

/** @param key in base64 */
export const keyId = (key: string): string => `key-${key}`;

export const signatureProjection: Projection<SignatureDocument | SigningKeyDocument> = {
  name: 'signatures',
  version: 2,
  kinds: ['signature'],
  indexes: ['order', ['about', 'order'], ['signer', 'order'], ['meaning', 'order']],
  ids({ type, bytes, eventId }) {
    const { event } = signatureCodec.decode(type, bytes);
    if (event.type === 'Signed') return [eventId];
    return [keyId(event.type === 'SignerEnrolled' ? event.key : event.statement.key)];
  },
  starts: ({ type }) => type === 'Signed',
  project(before, { type, bytes, metadata, index }, id) {
    const { event } = signatureCodec.decode(type, bytes);
    if (event.type === 'SignerEnrolled') return before ?? { id, keyOf: event.signer };
    if (event.type === 'SignerKeyReplaced') return before ?? { id, keyOf: event.statement.signer };
    const { statement, key, signature } = event;
    const { subject, signer, meaning, signedAt } = statement;
    return {
      ...{ id, statement, key, signature, subject, signer, meaning, signedAt },
      reason: metadata.reason ?? '',
      about: streamUuid(subject),
      order: String(index).padStart(12, '0'),
    };
  },
};
