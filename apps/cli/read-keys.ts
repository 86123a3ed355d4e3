import { DomainError, isDomainError } from '#kernel';
import { parseVerifierKey, parseVerifierKeys, type VerifierKey } from '#evidence';
import { wholeNumber } from './output/pages.js';
import { readText } from './read-text.js';
import type { Options } from './verb.js';

const mostBytes = 64 * 1024;

/**
 * What `--key` and `--witness` were given: verifier keys as they stand, files of such lines, or PEM files of public keys.
 * @throws KEY_UNREADABLE, KEY_INVALID
 */
export async function readKeys(option: string, given: readonly string[]): Promise<readonly VerifierKey[]> {
  const read = await Promise.all(given.map(async (text) => keysIn(option, text)));
  return read.flat();
}

/** How many of the given witnesses must have cosigned, as `--witnesses` says. @throws OPTION_INVALID */
export function witnessesNeeded(options: Options, given: number, absent: number): number {
  const needed = wholeNumber(options, 'witnesses', 0, absent);
  if (needed <= given) return needed;
  const message = `--witnesses is a number up to that of the given --witness, ${given}`;
  throw new DomainError('invalid', 'OPTION_INVALID', message);
}

async function keysIn(option: string, given: string): Promise<readonly VerifierKey[]> {
  if (/^\S+\+[0-9a-f]{8}\+\S+$/.test(given)) return [parseVerifierKey(given)];
  let text: string;
  try {
    text = await readText(given, mostBytes);
  } catch (error) {
    const message = `${option} ${given}: ${(error as Error).message.replace(/,.*/s, '')}`;
    throw new DomainError('invalid', 'KEY_UNREADABLE', message);
  }
  try {
    return parseVerifierKeys(text, option === '--witness' ? 'cosignature' : 'ed25519');
  } catch (cause) {
    if (!isDomainError(cause)) throw cause;
    const message = `${option} ${given}: ${cause.problems[0]?.message ?? cause.message}; it holds what \`holdfast audit key\` prints`;
    throw new DomainError('invalid', 'KEY_INVALID', message, { cause });
  }
}
