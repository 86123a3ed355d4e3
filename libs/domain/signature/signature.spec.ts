import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { fold, streamId, type Instant, type Json } from '#kernel';
import { encodeBase64, nameId } from '#evidence';
import {
  isSigned,
  keySignedBytes,
  parseKeyStatement,
  parseStatement,
  signature,
  signatureStream,
  signerKey,
  signerKeyStream,
  signedBytes,
  type KeyStatement,
  type SignatureEvent,
  type SignatureStatement,
} from './index.js';

const at = '2026-01-31T09:30:00.000Z' as Instant;
const signer = nameId('actor', 'ada');
const statement: SignatureStatement = {
  ...{ v: 1, meaning: 'approval', subject: streamId('blueprint', nameId('blueprint', 'x')), revision: '3' },
  ...{ eventId: nameId('event', 'x'), type: 'BlueprintVersionDeclared', bytesSha256: 'a'.repeat(64) },
  ...{ signer, signedAt: at },
};

function pair() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = encodeBase64(publicKey.export({ format: 'der', type: 'spki' }).subarray(12));
  const signed = (given: SignatureStatement = statement) => ({
    ...{ type: 'Sign' as const, statement: given, key, at },
    signature: encodeBase64(sign(null, signedBytes(given), privateKey)),
  });
  const ofKey = (given: KeyStatement) => encodeBase64(sign(null, keySignedBytes(given), privateKey));
  return Object.assign(signed, { key: ofKey });
}
const after = (...events: readonly SignatureEvent[]) => fold(signature, events);

describe('signature', () => {
  const ada = pair();

  it('of a person: the first one binds the key, the same one again says nothing new', () => {
    const [enrolled, signed, ...more] = signature.decide(ada(), signature.initial);
    expect(more).toEqual([]);
    expect(enrolled).toEqual({ type: 'SignerEnrolled', signer, key: ada().key, at });
    expect(signed).toEqual({ type: 'Signed', statement, key: ada().key, signature: ada().signature, at });
    const state = after(enrolled!, signed!);
    expect(signature.decide(ada(), state)).toEqual([]);
    const next = { ...statement, meaning: 'responsibility' as const };
    expect(signature.decide(ada(next), state)).toMatchObject([{ type: 'Signed', statement: next }]);
  });

  it('is refused from another key of the same person, and where it is not over this statement', () => {
    const state = after(...signature.decide(ada(), signature.initial));
    expect(() => signature.decide(pair()(), state)).toThrow(
      expect.objectContaining({ kind: 'rule', code: 'SIGNER_KEY_DIFFERENT' }),
    );
    const moved = { ...ada(), statement: { ...statement, revision: '4' } };
    for (const wrong of [moved, { ...ada(), key: 'AA==' }, { ...ada(), signature: '?' }])
      expect(() => signature.decide(wrong, signature.initial)).toThrow(
        expect.objectContaining({ code: 'SIGNATURE_WRONG' }),
      );
  });

  describe('of a person who takes another key', () => {
    const [before, next, third] = [pair(), pair(), pair()];
    const enrolled = after(...signature.decide(before(), signature.initial));
    const replace = (by: ReturnType<typeof pair>, replaces: string, vouching?: ReturnType<typeof pair>) => {
      const given: KeyStatement = { v: 1, signer, key: by().key, replaces, signedAt: at };
      return {
        ...{ type: 'ReplaceKey' as const, statement: given, signature: by.key(given), at },
        ...(vouching === undefined ? {} : { signatureBefore: vouching.key(given) }),
      };
    };

    it('is by that one from then on; what was signed before stays, and no key comes back', () => {
      const command = replace(next, before().key, before);
      const [replaced, ...more] = signature.decide(command, enrolled);
      expect(more).toEqual([]);
      expect(replaced).toMatchObject({ type: 'SignerKeyReplaced', signatureBefore: expect.any(String) });
      const state = signature.evolve(enrolled, replaced!);
      expect(signature.decide(command, state)).toEqual([]);
      expect(isSigned(before())).toBe(true);
      const another = { ...statement, meaning: 'review' as const };
      expect(signature.decide(next(another), state)).toMatchObject([{ type: 'Signed', key: next().key }]);
      for (const wrong of [before(another), replace(before, next().key, next), replace(third, before().key)])
        expect(() => signature.decide(wrong, state)).toThrow(
          expect.objectContaining({ kind: 'rule', code: 'SIGNER_KEY_DIFFERENT' }),
        );
    });

    it('is not by the key before it', () => {
      expect(() => signature.decide(replace(before, before().key, before), enrolled)).toThrow(
        expect.objectContaining({ kind: 'invalid', code: 'SIGNER_KEY_SAME' }),
      );
    });

    it('says so where the key before is lost, and takes no signature that is of another key', () => {
      const [lost] = signature.decide(replace(next, before().key), enrolled);
      expect(lost).not.toHaveProperty('signatureBefore');
      for (const wrong of [
        replace(next, before().key, third),
        { ...replace(next, before().key), signature: '?' },
      ])
        expect(() => signature.decide(wrong, enrolled)).toThrow(
          expect.objectContaining({ code: 'SIGNATURE_WRONG' }),
        );
      expect(() => signature.decide(replace(next, before().key), signature.initial)).toThrow(
        expect.objectContaining({ code: 'SIGNER_UNKNOWN' }),
      );
    });

    it('is declared by a statement that is taken as it is, or with every problem', () => {
      const { statement: given } = replace(next, before().key);
      expect(parseKeyStatement(given as unknown as Json)).toEqual({ statement: given });
      const wrong = { ...given, key: 'AA==', meaning: 'approval' } as unknown as Json;
      expect(parseKeyStatement(wrong)).toMatchObject({
        problems: [{ field: 'statement.key' }, { field: 'statement.meaning' }],
      });
    });
  });

  it('is in a stream for each signer', () => {
    expect(signatureStream(signer)).toMatch(/^signature-[0-9a-f-]{36}$/);
    expect(signatureStream('other')).not.toBe(signatureStream(signer));
  });
});

describe('a statement', () => {
  it('is taken as it is, or with every problem', () => {
    expect(parseStatement(statement as unknown as Json)).toEqual({ statement });
    const wrong = { ...statement, meaning: 'delight', revision: '03', more: true } as unknown as Json;
    expect(parseStatement(wrong)).toMatchObject({
      problems: [
        { field: 'statement.meaning' },
        { field: 'statement.revision' },
        { field: 'statement.more' },
      ],
    });
    for (const none of [null, [], 7, 'text'])
      expect(parseStatement(none)).toMatchObject({ problems: { length: 9 } });
  });
});

describe('a key', () => {
  it('is of whoever claims it first, and of nobody else', () => {
    const [command, other] = [
      { type: 'ClaimKey' as const, signer, key: 'AA==', at },
      nameId('actor', 'grace'),
    ];
    const claimed = signerKey.decide(command, signerKey.initial);
    expect(claimed).toEqual([{ type: 'SignerKeyClaimed', signer, key: 'AA==', at }]);
    const state = fold(signerKey, claimed);
    expect(signerKey.decide(command, state)).toEqual([]);
    expect(() => signerKey.decide({ ...command, signer: other }, state)).toThrow(
      expect.objectContaining({ kind: 'rule', code: 'SIGNER_KEY_TAKEN', facts: { signer } }),
    );
    expect(signerKeyStream('AA==')).not.toBe(signerKeyStream('AB=='));
  });
});
