import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolders, probeFolder } from '#disk';
import { DomainError } from '#kernel';
import { codeOf, placeFile } from '../file/place-file.js';
import { defaultOrigin } from './origin.js';
import { parsePrivateKey, type SigningKey } from './signing-key.js';

/**
 * The key in a file, made with mode 0600 when there is none and it may be, and what is missing above it: whole or not at all, and the same for all who come at once.
 * @throws SIGNING_KEY_MISSING, SIGNING_KEY_EXPOSED, SIGNING_KEY_INVALID
 */
export async function fileKey(path: string, create: boolean): Promise<SigningKey> {
  const text = await readKey(path);
  if (text !== undefined) return parsePrivateKey(text, path);
  if (!create) throw new DomainError('not-found', 'SIGNING_KEY_MISSING', `there is no key file ${path}`);
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeOnce(path, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  return fileKey(path, false);
}

/** That the key is there, or can be made when it is needed. @throws SIGNING_KEY_MISSING */
export function assertKeyFile(path: string): void {
  if (existsSync(path)) return;
  try {
    probeFolder(dirname(path));
  } catch (error) {
    throw unwritable(path, error);
  }
}

/**
 * The origin of the log, kept beside the key from when it was made, so that the next key goes on under the same name.
 * Undefined where that cannot be kept, as where keys are mounted read-only.
 */
export async function originBeside(path: string, publicKey: Uint8Array): Promise<string | undefined> {
  const beside = join(dirname(path), 'origin');
  const read = () => readFile(beside, 'utf8').catch(() => undefined);
  const known = await read();
  if (known === undefined) await writeOnce(beside, `${defaultOrigin(publicKey)}\n`).catch(() => undefined);
  return (known ?? (await read()))?.trim();
}

async function readKey(path: string): Promise<string | undefined> {
  try {
    const { mode, size } = await stat(path);
    if (process.platform !== 'win32' && (mode & 0o007) !== 0) {
      const message = `${path} can be read by everybody; chmod 600 it, and think of the key as known if others use this machine`;
      throw new DomainError('invalid', 'SIGNING_KEY_EXPOSED', message);
    }
    return size > 10_000 ? '' : await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (error instanceof DomainError) throw error;
    throw new DomainError(
      'invalid',
      'SIGNING_KEY_MISSING',
      `the key file ${path} cannot be read (${codeOf(error)})`,
    );
  }
}

/** Whoever is second finds the first one's. */
async function writeOnce(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  try {
    makeFolders(folder, 0o700);
    await placeFile(folder, basename(path), text, link);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, error: unknown): DomainError {
  const message = `${path} cannot be written (${codeOf(error)}); name another place with HOLDFAST_SIGNING_KEY`;
  return new DomainError('unavailable', 'SIGNING_KEY_MISSING', message);
}
