import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { fold, streamId, type Instant, type Json } from '#kernel';
import { encodeBase64, nameId } from '#evidence';
import {
  parseStatement,
  signature,
  signatureStream,
  signedBytes,
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
  return (given: SignatureStatement = statement) => ({
    ...{ type: 'Sign' as const, statement: given, key, at },
    signature: encodeBase64(sign(null, signedBytes(given), privateKey)),
  });
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
