import { DomainError, streamId, type Decider, type Instant, type StreamId } from '#kernel';
import { nameId } from '#evidence';

/** One stream for each key, whoever brings it. @param key in base64 */
export const signerKeyStream = (key: string): StreamId => streamId('signer', nameId('signer-key', key));

/** Whose a key is, once and for ever. */
export type SignerKeyEvent = {
  readonly type: 'SignerKeyClaimed';
  /** The actor's id, a pseudonym. */
  readonly signer: string;
  /** Ed25519, 32 bytes in base64. */
  readonly key: string;
  readonly at: Instant;
};

export type SignerKeyCommand = {
  readonly type: 'ClaimKey';
  readonly signer: string;
  readonly key: string;
  readonly at: Instant;
};

export type SignerKeyState = { readonly signer?: string };

/** Whoever is first has it; for who has it already there is nothing to do. */
export const signerKey: Decider<SignerKeyCommand, SignerKeyState, SignerKeyEvent> = {
  initial: {},
  decide({ signer, key, at }, state) {
    if (state.signer === signer) return [];
    if (state.signer !== undefined) throw keyTaken(state.signer);
    return [{ type: 'SignerKeyClaimed', signer, key, at }];
  },
  evolve: (_, { signer }) => ({ signer }),
};

export function keyTaken(signer: string): DomainError {
  const message = `this key signs for ${signer}, and for nobody else; take one of your own`;
  return new DomainError('rule', 'SIGNER_KEY_TAKEN', message, { facts: { signer } });
}
