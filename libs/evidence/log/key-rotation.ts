import { DomainError } from '#kernel';
import { openNote, signNote, splitNote } from './note.js';
import { formatVerifierKey, parseVerifierKey, type Signer, type VerifierKey } from './verifier-key.js';

const firstLine = 'holdfast.dev/key-rotation/v1';

/** Announces the next key: a note that the key before it and the next one have both signed. */
export const signRotation = (before: Signer, next: Signer): Promise<string> =>
  signNote(`${[firstLine, ...[before, next].map(keyText)].join('\n')}\n`, [before, next]);

/**
 * The keys that are trusted once announcements are heard, in any order: each next key whose announcement a trusted one has signed, and it
 * itself. Announcements by strangers change nothing.
 * @throws NOTE_MALFORMED, NOTE_SIGNATURE_WRONG
 */
export function followRotations(
  keys: readonly VerifierKey[],
  announcements: readonly string[],
): readonly VerifierKey[] {
  const trusted = [...keys];
  const pairs = announcements.map((note) => ({ note, ...pairOf(note) }));
  for (let grew = true; grew;) {
    grew = false;
    for (const { note, before, next } of pairs) {
      if (trusted.some((key) => same(key, next)) || !trusted.some((key) => same(key, before))) continue;
      if (openNote(note, [before, next]).signatures.length < 2) continue;
      trusted.push(next);
      grew = true;
    }
  }
  return trusted;
}

function pairOf(note: string): { readonly before: VerifierKey; readonly next: VerifierKey } {
  const [first, before = '', next = '', end, ...rest] = splitNote(note).text.split('\n');
  if (first === firstLine && end === '' && rest.length === 0)
    return { before: parseVerifierKey(before), next: parseVerifierKey(next) };
  throw new DomainError('integrity', 'NOTE_MALFORMED', 'not the announcement of a key');
}

const keyText = ({ keyName, publicKey }: Signer): string => formatVerifierKey(keyName, publicKey);

const same = (a: VerifierKey, b: VerifierKey): boolean =>
  a.algorithm === 'ed25519' && Buffer.compare(a.publicKey, b.publicKey) === 0;
