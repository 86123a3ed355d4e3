import { generateKeyPairSync, sign } from 'node:crypto';
import type { Signer } from '../verifier-key.js';

/** A key for one spec. */
export function testSigner(keyName: string): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    keyName,
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(12),
    sign: (bytes) => Promise.resolve(sign(null, bytes, privateKey)),
  };
}
