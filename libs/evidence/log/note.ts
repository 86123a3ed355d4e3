import { DomainError } from '#kernel';
import { cosignatureMessage } from './cosignature.js';
import { formatSignature, malformed, parseSignature, type NoteSignature } from './note-signature.js';
import { keyIdOf, verifyEd25519, type Signer, type VerifierKey } from './verifier-key.js';

/** Longest note that is read, and most signature lines of one. */
const maxBytes = 1 << 20;
const maxSignatures = 100;

/** One that was. */
export interface KnownSignature {
  readonly name: string;
  readonly key: VerifierKey;
  /** Of a cosignature: POSIX seconds by the cosigner's clock. */
  readonly timestamp?: number;
}

export interface OpenedNote {
  /** With its last newline: what was signed. */
  readonly text: string;
  /** At least one; one for each key. */
  readonly signatures: readonly KnownSignature[];
  /** Lines by keys that are not trusted; they say nothing. */
  readonly unknown: number;
}

/** Text and signatures of a note (C2SP signed-note). @throws NOTE_MALFORMED */
export function splitNote(note: string): {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
} {
  if (note.length > maxBytes) throw malformed('it is longer than 1 MiB');
  // eslint-disable-next-line no-control-regex -- what must not be in a note
  if (/[\0-\x09\x0b-\x1f]/.test(note) || !note.isWellFormed()) throw malformed('it has control characters');
  const at = note.lastIndexOf('\n\n');
  if (at < 0 || !note.endsWith('\n')) throw malformed('no blank line and signatures at its end');
  const lines = note.slice(at + 2, -1).split('\n');
  if (lines.length > maxSignatures) throw malformed(`more than ${maxSignatures} signatures`);
  return { text: note.slice(0, at + 1), signatures: lines.map(parseSignature) };
}

/** @param text ends in a newline. @throws NOTE_MALFORMED */
export async function signNote(text: string, signers: readonly Signer[]): Promise<string> {
  const bytes = Buffer.from(text);
  const lines = await Promise.all(
    signers.map(async (signer) => {
      const { keyName: name, publicKey } = signer;
      return formatSignature({
        ...{ name, keyId: keyIdOf(name, 'ed25519', publicKey) },
        signature: await signer.sign(bytes),
      });
    }),
  );
  const note = `${text}\n${lines.map((line) => `${line}\n`).join('')}`;
  if (splitNote(note).text !== text) throw malformed('its text does not end in a newline');
  return note;
}

/**
 * Opens a note that at least one of the keys has signed. Signatures by other keys are ignored, even where name or id is that of a known
 * one; a wrong one by a known key spoils the note.
 * @throws NOTE_MALFORMED, NOTE_SIGNATURE_WRONG, NOTE_UNSIGNED
 */
export function openNote(note: string, keys: readonly VerifierKey[]): OpenedNote {
  const { text, signatures } = splitNote(note);
  const known = new Map<string, KnownSignature>();
  let unknown = 0;
  for (const line of signatures) {
    const key = keys.find((each) => isBy(line, each));
    if (key === undefined) {
      unknown += 1;
      continue;
    }
    const timestamp = key.algorithm === 'cosignature' ? timestampOf(line) : undefined;
    const message = timestamp === undefined ? text : cosignatureMessage(text, timestamp);
    const signature = timestamp === undefined ? line.signature : line.signature.subarray(8);
    if (!verifyEd25519(Buffer.from(message), signature, key.publicKey))
      throw new DomainError('integrity', 'NOTE_SIGNATURE_WRONG', `the signature by ${line.name} is wrong`);
    const id = `${key.algorithm}:${Buffer.from(key.publicKey).toString('hex')}`;
    known.set(id, { name: line.name, key, ...(timestamp === undefined ? {} : { timestamp }) });
  }
  if (known.size === 0)
    throw new DomainError('integrity', 'NOTE_UNSIGNED', 'none of the given keys has signed it');
  return { text, signatures: [...known.values()], unknown };
}

const isBy = ({ name, keyId }: NoteSignature, key: VerifierKey): boolean =>
  (key.name === undefined || key.name === name) && keyIdOf(name, key.algorithm, key.publicKey) === keyId;

function timestampOf({ name, signature }: NoteSignature): number {
  const seconds = signature.length === 72 ? Number(Buffer.from(signature).readBigUInt64BE(0)) : NaN;
  if (Number.isSafeInteger(seconds)) return seconds;
  throw new DomainError('integrity', 'NOTE_SIGNATURE_WRONG', `the cosignature by ${name} has no time`);
}
