import { readFile, stat } from 'node:fs/promises';
import { DomainError, isDomainError } from '#kernel';
import { parseVerifierKey, parseVerifierKeys, type VerifierKey } from '#evidence';

const mostBytes = 64 * 1024;

/**
 * What `--key` and `--witness` were given: verifier keys as they stand, files of such lines, or PEM files of public keys.
 * @throws KEY_UNREADABLE, KEY_INVALID
 */
export async function readKeys(option: string, given: readonly string[]): Promise<readonly VerifierKey[]> {
  const read = await Promise.all(given.map(async (text) => keysIn(option, text)));
  return read.flat();
}

async function keysIn(option: string, given: string): Promise<readonly VerifierKey[]> {
  if (/^\S+\+[0-9a-f]{8}\+\S+$/.test(given)) return [parseVerifierKey(given)];
  let text: string;
  try {
    const { size } = await stat(given);
    if (size > mostBytes) throw new Error(`has more than ${mostBytes} bytes`);
    text = await readFile(given, 'utf8');
  } catch (error) {
    const message = `${option} ${given}: ${(error as Error).message.replace(/,.*/s, '')}`;
    throw new DomainError('invalid', 'KEY_UNREADABLE', message);
  }
  try {
    return parseVerifierKeys(text);
  } catch (cause) {
    if (!isDomainError(cause)) throw cause;
    const message = `${option} ${given}: ${cause.problems[0]?.message ?? cause.message}; it holds what \`holdfast audit key\` prints`;
    throw new DomainError('invalid', 'KEY_INVALID', message, { cause });
  }
}
