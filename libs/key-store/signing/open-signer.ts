import { DomainError } from '#kernel';
import { isKeyName, verifyEd25519, type Signer } from '#evidence';
import { commandKey } from './command-key.js';
import { environmentKey } from './environment-key.js';
import { assertKeyFile, fileKey, originBeside } from './file-key.js';
import { defaultOrigin } from './origin.js';
import type { SigningKey } from './signing-key.js';

export interface OpenSignerOptions {
  /** The key's name: the log's origin. Absent: as it was remembered beside a key file, or made of the key itself. */
  readonly origin?: string | undefined;
  /** Makes a key file that is not there. Default true. */
  readonly create?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** `file:PATH`, `env:NAME` or `command:PROGRAM ARGUMENTS`. */
export const signingKeyForm = /^(file:.+|env:[A-Za-z_][A-Za-z0-9_]*|command:\S.*)$/;

/**
 * A key that signs; what it is never leaves here, not in an error either. Every signature is checked before it is given out.
 * @param setting as `HOLDFAST_SIGNING_KEY`
 * @throws SIGNING_KEY_INVALID, SIGNING_KEY_MISSING, SIGNING_KEY_EXPOSED, SIGNER_FAILED
 */
export async function openSigner(
  setting: string,
  { origin, create = true, env = process.env }: OpenSignerOptions = {},
): Promise<Signer> {
  if (!signingKeyForm.test(setting)) throw invalid('it is written file:PATH, env:NAME or command:PROGRAM');
  const [kind, at] = [setting.slice(0, setting.indexOf(':')), setting.slice(setting.indexOf(':') + 1)];
  const key = await keyOf(kind, at, create, env);
  const remembered = kind === 'file' ? await originBeside(at, key.publicKey) : undefined;
  const keyName = origin ?? remembered ?? defaultOrigin(key.publicKey);
  if (!isKeyName(keyName)) throw invalid('HOLDFAST_LOG_ORIGIN has neither spaces nor +');
  return {
    keyName,
    publicKey: key.publicKey,
    async sign(bytes) {
      const signature = await key.sign(bytes);
      if (verifyEd25519(bytes, signature, key.publicKey)) return signature;
      throw new DomainError(
        'unavailable',
        'SIGNER_FAILED',
        'what signs gave a signature that is not of its key',
      );
    },
  };
}

/**
 * That a key file is there or can be made, without reading or making it; other keys are asked when they are needed.
 * @throws SIGNING_KEY_MISSING
 */
export function assertKeyPlace(setting: string): void {
  if (setting.startsWith('file:')) assertKeyFile(setting.slice('file:'.length));
}

function keyOf(
  kind: string,
  at: string,
  create: boolean,
  env: Readonly<Record<string, string | undefined>>,
): Promise<SigningKey> {
  if (kind === 'file') return fileKey(at, create);
  if (kind === 'env') return Promise.resolve(environmentKey(at, env));
  return commandKey(at);
}

const invalid = (message: string): DomainError =>
  new DomainError('invalid', 'SIGNING_KEY_INVALID', `HOLDFAST_SIGNING_KEY: ${message}`);
