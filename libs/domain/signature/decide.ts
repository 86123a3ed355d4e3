import { DomainError, streamId, type Decider, type Instant, type StreamId } from '#kernel';
import { decodeBase64, nameId, verifyEd25519 } from '#evidence';
import type { SignatureEvent, SignatureStatement } from './events.js';
import { keySignedBytes, type KeyStatement } from './key-statement.js';
import { signedBytes } from './statement.js';

/** Everything that one actor signs is in one stream. */
export const signatureStream = (signer: string): StreamId =>
  streamId('signature', nameId('signature', signer));

type Sign = {
  readonly type: 'Sign';
  readonly statement: SignatureStatement;
  readonly key: string;
  readonly signature: string;
  readonly at: Instant;
};
type ReplaceKey = {
  readonly type: 'ReplaceKey';
  readonly statement: KeyStatement;
  readonly signature: string;
  readonly signatureBefore?: string;
  readonly at: Instant;
};
export type SignatureCommand = Sign | ReplaceKey;

export interface SignatureState {
  /** The signer's key, from the first signature on. */
  readonly key?: string;
  /** Those before it. */
  readonly replaced: ReadonlySet<string>;
  readonly signatures: ReadonlySet<string>;
}

/** Whether the statement was signed with that key: what anybody can check again later. */
export function isSigned({
  statement,
  key,
  signature,
}: Pick<Sign, 'statement' | 'key' | 'signature'>): boolean {
  return hasSigned(key, signedBytes(statement), signature);
}

function hasSigned(key: string, statement: Uint8Array, signature: string): boolean {
  const [publicKey, bytes] = [decodeBase64(key), decodeBase64(signature)];
  return publicKey !== undefined && bytes !== undefined && verifyEd25519(statement, bytes, publicKey);
}

/** The first signature binds the person to the key that made it. */
export const signature: Decider<SignatureCommand, SignatureState, SignatureEvent> = {
  initial: { replaced: new Set(), signatures: new Set() },
  decide(command, state) {
    if (command.type === 'ReplaceKey') return replaceKey(command, state);
    const { key, signatures } = state;
    const { statement, at } = command;
    if (!isSigned(command))
      throw new DomainError('invalid', 'SIGNATURE_WRONG', 'the key has not signed this statement');
    if (key !== undefined && key !== command.key) {
      const message = `${statement.signer} signs with another key here; sign with that one, or replace it with \`holdfast identity replace\``;
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
      case 'SignerKeyReplaced': {
        const { key, replaces } = event.statement;
        return { ...state, key, replaced: new Set([...state.replaced, replaces]) };
      }
      case 'Signed':
        return { ...state, signatures: new Set([...state.signatures, event.signature]) };
    }
  },
};

/** A key that was replaced is never taken again: who has it might be the reason. */
function replaceKey(command: ReplaceKey, { key, replaced }: SignatureState): readonly SignatureEvent[] {
  const { statement, signature, signatureBefore, at } = command;
  if (key === undefined) {
    const message = 'this person has signed nothing yet: the first signature brings the key';
    throw new DomainError('rule', 'SIGNER_UNKNOWN', message);
  }
  if (statement.key === statement.replaces)
    throw new DomainError('invalid', 'SIGNER_KEY_SAME', 'the new key is the one before it; take another');
  if (key === statement.key) return [];
  if (key !== statement.replaces || replaced.has(statement.key)) {
    const message = 'it replaces a key that does not sign any more, or by one that did before';
    throw new DomainError('rule', 'SIGNER_KEY_DIFFERENT', message, { facts: { key } });
  }
  const bytes = keySignedBytes(statement);
  const byBoth =
    hasSigned(statement.key, bytes, signature) &&
    (signatureBefore === undefined || hasSigned(key, bytes, signatureBefore));
  if (!byBoth) throw new DomainError('invalid', 'SIGNATURE_WRONG', 'the keys have not signed this statement');
  return [
    {
      ...{ type: 'SignerKeyReplaced', statement, signature, at },
      ...(signatureBefore === undefined ? {} : { signatureBefore }),
    },
  ];
}
