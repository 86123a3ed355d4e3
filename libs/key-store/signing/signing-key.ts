import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { DomainError } from '#kernel';

/** A private key, wherever it is. */
export interface SigningKey {
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/** PKCS#8 of an Ed25519 key (RFC 8410 §7) ahead of its 32 bytes. */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * A private key out of PEM (PKCS#8), or of 32 bytes in base64. Nothing of it is told when it is none.
 * @param where names its place in the error
 * @throws SIGNING_KEY_INVALID
 */
export function parsePrivateKey(text: string, where: string): SigningKey {
  const key = pemKey(text) ?? seedKey(text);
  if (key?.asymmetricKeyType !== 'ed25519') {
    const message = `${where} holds no Ed25519 private key: PEM (openssl genpkey -algorithm ed25519), or 32 bytes in base64`;
    throw new DomainError('invalid', 'SIGNING_KEY_INVALID', message);
  }
  return {
    publicKey: publicKeyOf(key),
    sign: (bytes) => Promise.resolve(sign(null, bytes, key)),
  };
}

export const publicKeyOf = (key: KeyObject): Uint8Array =>
  createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(12);

function pemKey(text: string): KeyObject | undefined {
  if (!text.includes('-----BEGIN')) return undefined;
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}

function seedKey(text: string): KeyObject | undefined {
  const seed = Buffer.from(text.trim(), 'base64');
  if (seed.length !== 32 || seed.toString('base64') !== text.trim()) return undefined;
  return createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' });
}
