import { DomainError, streamId, type Decider, type Instant, type StreamId } from '#kernel';
import { decodeBase64, nameId, verifyEd25519 } from '#evidence';
import type { SignatureEvent, SignatureStatement } from './events.js';
import { signedBytes } from './statement.js';

/** Everything that one actor signs is in one stream. */
export const signatureStream = (signer: string): StreamId =>
  streamId('signature', nameId('signature', signer));

export type SignatureCommand = {
  readonly type: 'Sign';
  readonly statement: SignatureStatement;
  readonly key: string;
  readonly signature: string;
  readonly at: Instant;
};

export interface SignatureState {
  /** The signer's key, from the first signature on. */
  readonly key?: string;
  readonly signatures: ReadonlySet<string>;
}

/** Whether the statement was signed with that key: what anybody can check again later. */
export function isSigned({
  statement,
  key,
  signature,
}: Pick<SignatureCommand, 'statement' | 'key' | 'signature'>): boolean {
  const [publicKey, bytes] = [decodeBase64(key), decodeBase64(signature)];
  return (
    publicKey !== undefined && bytes !== undefined && verifyEd25519(signedBytes(statement), bytes, publicKey)
  );
}

/** The first signature binds the person to the key that made it. */
export const signature: Decider<SignatureCommand, SignatureState, SignatureEvent> = {
  initial: { signatures: new Set() },
  decide(command, { key, signatures }) {
    const { statement, at } = command;
    if (!isSigned(command))
      throw new DomainError('invalid', 'SIGNATURE_WRONG', 'the key has not signed this statement');
    if (key !== undefined && key !== command.key) {
      const message = `${statement.signer} signs with another key here; sign with that one`;
      throw new DomainError('rule', 'SIGNER_KEY_DIFFERENT', message, { facts: { key } });
    }
    if (signatures.has(command.signature)) return [];
    return [
      ...(key === undefined
        ? [{ type: 'SignerEnrolled' as const, signer: statement.signer, key: command.key, at }]
        : []),
      { type: 'Signed', statement, key: command.key, signature: command.signature, at },
    ];
  },
  evolve(state, event) {
    switch (event.type) {
      case 'SignerEnrolled':
        return { ...state, key: event.key };
      case 'Signed':
        return { ...state, signatures: new Set([...state.signatures, event.signature]) };
    }
  },
};
