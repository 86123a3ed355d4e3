import type { Instant, StreamId } from '#kernel';
import type { KeyStatement } from './key-statement.js';

/** What a person says by signing (21 CFR 11.50 (a)(3)). */
export const meanings = ['approval', 'review', 'responsibility'] as const;
export type Meaning = (typeof meanings)[number];

/** What is signed: one event of the subject, by the digest of its stored bytes, which the audit log holds too. */
export type SignatureStatement = {
  readonly v: 1;
  readonly meaning: Meaning;
  readonly subject: StreamId;
  /** Decimal: the version of the subject that was in front of the person. */
  readonly revision: string;
  readonly eventId: string;
  readonly type: string;
  /** Hex, over the exact stored bytes. */
  readonly bytesSha256: string;
  /** The actor's id, a pseudonym. */
  readonly signer: string;
  readonly signedAt: Instant;
};

/** Facts of a `signature-<uuid>` stream: one signer's. Why is in the metadata. */
export type SignatureEvent =
  | {
      readonly type: 'SignerEnrolled';
      readonly signer: string;
      /** Ed25519, 32 bytes in base64: the only one that signs for this person from now on. */
      readonly key: string;
      readonly at: Instant;
    }
  | {
      /** From now on this person signs with another key; what the one before has signed stays signed by it. */
      readonly type: 'SignerKeyReplaced';
      readonly statement: KeyStatement;
      /** By the new key, 64 bytes in base64. */
      readonly signature: string;
      /** By the key before; absent where it was lost: then only the caller vouches for it. */
      readonly signatureBefore?: string;
      readonly at: Instant;
    }
  | {
      readonly type: 'Signed';
      readonly statement: SignatureStatement;
      readonly key: string;
      /** Over {@link signedBytes}, 64 bytes in base64. */
      readonly signature: string;
      readonly at: Instant;
    };
