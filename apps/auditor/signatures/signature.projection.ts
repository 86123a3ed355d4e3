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

export const signatureProjection: Projection<SignatureDocument> = {
  name: 'signatures',
  version: 1,
  kinds: ['signature'],
  indexes: ['order', ['about', 'order'], ['signer', 'order'], ['meaning', 'order']],
  ids: ({ type, eventId }) => (type === 'Signed' ? [eventId] : []),
  starts: () => true,
  project(_, { type, bytes, metadata, index }, id) {
    const { event } = signatureCodec.decode(type, bytes);
    if (event.type !== 'Signed') return undefined;
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
