import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { DomainError } from '#kernel';
import type { Session } from './session.js';

/** A person's own key: whoever signs has just shown that they hold it. */
export interface Identity {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  sign(bytes: Uint8Array): Uint8Array;
}

/** SubjectPublicKeyInfo of Ed25519 ends in the key itself (RFC 8410 §4). */
const publicKeyAt = 12;

/** @throws IDENTITY_UNREADABLE, IDENTITY_INVALID, PASSPHRASE_WRONG */
export async function openIdentity(session: Session, path: string): Promise<Identity> {
  let pem: string;
  try {
    pem = await readFile(path, 'utf8');
  } catch (error) {
    const message = `--identity ${path}: ${(error as Error).message.replace(/,.*/s, '')}`;
    throw new DomainError('invalid', 'IDENTITY_UNREADABLE', message);
  }
  const isLocked = pem.includes('ENCRYPTED');
  const key = privateKey(path, pem, isLocked ? await passphrase(session) : undefined);
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { publicKey: spki.subarray(publicKeyAt), sign: (bytes) => sign(null, bytes, key) };
}

function privateKey(path: string, pem: string, secret: string | undefined): KeyObject {
  try {
    const key = createPrivateKey({ key: pem, ...(secret === undefined ? {} : { passphrase: secret }) });
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    if (secret !== undefined)
      throw new DomainError('invalid', 'PASSPHRASE_WRONG', `the passphrase does not open ${path}`);
  }
  const message = `--identity ${path} is no Ed25519 private key in PEM; \`openssl genpkey -algorithm ed25519 -aes256 -out me.pem\` makes one`;
  throw new DomainError('invalid', 'IDENTITY_INVALID', message);
}

async function passphrase({ env, terminal, signal }: Session): Promise<string> {
  const given = env['HOLDFAST_PASSPHRASE'];
  if (given !== undefined) return given;
  if (!process.stdin.isTTY || !terminal.interactive) {
    const message = 'the key has a passphrase and nobody can be asked for it: set HOLDFAST_PASSPHRASE';
    throw new DomainError('invalid', 'PASSPHRASE_MISSING', message);
  }
  process.stderr.write('Passphrase: ');
  // Nothing of what is typed is shown.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await lines.question('', { signal });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
