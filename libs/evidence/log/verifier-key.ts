import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto';
import { DomainError } from '#kernel';
import { decodeBase64, encodeBase64 } from './base64.js';

/** Ed25519 over the text of a note, or over a cosignature/v1 message (C2SP signed-note, tlog-cosignature). */
export type KeyAlgorithm = 'ed25519' | 'cosignature';
const typeByte: Record<KeyAlgorithm, number> = { ed25519: 0x01, cosignature: 0x04 };

/** A key that is trusted. */
export interface VerifierKey {
  /** Undefined for a bare public key: it may sign by any name. */
  readonly name?: string;
  readonly algorithm: KeyAlgorithm;
  /** 32 bytes (RFC 8032). */
  readonly publicKey: Uint8Array;
  /** Of a log's key that another one has followed: entries of the largest checkpoint that it may have signed. */
  readonly lastSize?: number;
}

/** What signs: a file's key, an environment's or one inside a key service. The private key stays where it is. */
export interface Signer {
  readonly keyName: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Ed25519 over exactly these bytes, 64 bytes. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

const namePattern = /^[^\s+\p{C}\p{Z}]{1,200}$/u;

/** Whether a note may be signed by that name: no spaces, no `+`, nothing invisible. */
export const isKeyName = (name: string): boolean => namePattern.test(name);

/** The first four bytes of SHA-256 of name, newline, type and key, as eight hex digits. */
export const keyIdOf = (name: string, algorithm: KeyAlgorithm, publicKey: Uint8Array): string =>
  hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(typeByte[algorithm]), publicKey])).slice(
    0,
    8,
  );

/** `<name>+<8 hex>+<base64>`: how a key is handed to others. */
export const formatVerifierKey = (
  name: string,
  publicKey: Uint8Array,
  algorithm: KeyAlgorithm = 'ed25519',
): string =>
  `${name}+${keyIdOf(name, algorithm, publicKey)}+${encodeBase64(Buffer.concat([Buffer.of(typeByte[algorithm]), publicKey]))}`;

/** @throws KEY_INVALID */
export function parseVerifierKey(text: string): VerifierKey {
  const [name = '', id = '', ...rest] = text.trim().split('+');
  const bytes = decodeBase64(rest.join('+'));
  if (!isKeyName(name) || bytes?.length !== 33)
    throw invalid(text, 'not <name>+<8 hex digits>+<base64 of a type byte and 32 bytes of an Ed25519 key>');
  const algorithm = (Object.keys(typeByte) as KeyAlgorithm[]).find((key) => typeByte[key] === bytes[0]);
  if (algorithm === undefined) throw invalid(text, `keys of type ${bytes[0]} are not known here`);
  const publicKey = bytes.subarray(1);
  if (keyIdOf(name, algorithm, publicKey) !== id)
    throw invalid(text, 'its eight hex digits are not those of the key');
  return { name, algorithm, publicKey };
}

/**
 * What `--key` and `--witness` take: a key, or a text with one in each line (`#` begins a remark), or a PEM public key.
 * @param algorithm what a PEM key, which does not say it, signs: that of a log, or of a witness
 * @throws KEY_INVALID
 */
export function parseVerifierKeys(text: string, algorithm: KeyAlgorithm = 'ed25519'): readonly VerifierKey[] {
  if (text.includes('-----BEGIN')) return [{ algorithm, publicKey: pemKey(text) }];
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const keys = lines.filter((line) => line !== '' && !line.startsWith('#')).map(parseVerifierKey);
  if (keys.length === 0) throw invalid(text, 'no key in it');
  return keys;
}

/** SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 §4) ahead of its 32 bytes. */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');
const spkiOf = (publicKey: Uint8Array): Buffer => Buffer.concat([spkiPrefix, publicKey]);

export const publicKeyPem = (publicKey: Uint8Array): string =>
  `-----BEGIN PUBLIC KEY-----\n${spkiOf(publicKey).toString('base64')}\n-----END PUBLIC KEY-----\n`;

/** SHA-256 over the DER form of a public key, in hex: how tools other than logs name a key. */
export const keyFingerprint = (publicKey: Uint8Array): string => hash('sha256', spkiOf(publicKey));

/** Never throws: a key or signature that is none is `false`. */
export function verifyEd25519(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false;
  try {
    return verify(null, message, keyObject(publicKey), signature);
  } catch {
    return false;
  }
}

const keyObject = (publicKey: Uint8Array): KeyObject =>
  createPublicKey({ key: spkiOf(publicKey), format: 'der', type: 'spki' });

function pemKey(text: string): Uint8Array {
  if (/PRIVATE/.test(text))
    throw new DomainError('invalid', 'KEY_INVALID', 'a private key where a public one is asked for');
  try {
    const der = createPublicKey(text).export({ format: 'der', type: 'spki' });
    if (der.length === 44 && der.subarray(0, 12).equals(spkiPrefix)) return der.subarray(12);
  } catch {
    // said below
  }
  throw invalid(text, 'not an Ed25519 public key in PEM');
}

const invalid = (found: string, message: string): DomainError =>
  new DomainError('invalid', 'KEY_INVALID', `the key cannot be used: ${message}`, {
    problems: [{ code: 'KEY_INVALID', field: 'key', message, found: JSON.stringify(found.slice(0, 100)) }],
  });
