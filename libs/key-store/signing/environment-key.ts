import { DomainError } from '#kernel';
import { parsePrivateKey, type SigningKey } from './signing-key.js';

/** @throws SIGNING_KEY_MISSING, SIGNING_KEY_INVALID */
export function environmentKey(name: string, env: Readonly<Record<string, string | undefined>>): SigningKey {
  const text = env[name];
  if (text !== undefined && text !== '')
    return parsePrivateKey(text.replaceAll('\\n', '\n'), `the variable ${name}`);
  throw new DomainError(
    'invalid',
    'SIGNING_KEY_MISSING',
    `HOLDFAST_SIGNING_KEY: the variable ${name} is not set`,
  );
}
