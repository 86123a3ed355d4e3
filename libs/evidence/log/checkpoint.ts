import { DomainError } from '#kernel';
import { decodeBase64, encodeBase64, parseCount } from './base64.js';
import { hashBytes } from './merkle.js';
import { openNote, splitNote, type KnownSignature } from './note.js';
import type { VerifierKey } from './verifier-key.js';

/** A log at one size (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** Who must have signed a checkpoint for it to count. */
export interface CheckpointPolicy {
  /** Keys of the log. */
  readonly keys: readonly VerifierKey[];
  /** Keys of witnesses. */
  readonly witnesses?: readonly VerifierKey[];
  /** How many different witnesses must have cosigned; default 0. */
  readonly witnessesNeeded?: number;
}

export interface OpenedCheckpoint extends Checkpoint {
  readonly signedBy: readonly KnownSignature[];
  readonly witnessedBy: readonly KnownSignature[];
}

/** The text that is signed. */
export const formatCheckpoint = ({ origin, size, root }: Checkpoint): string =>
  `${origin}\n${size}\n${encodeBase64(root)}\n`;

/** Reads the text, or a whole note without looking at its signatures; extension lines are passed over. @throws CHECKPOINT_MALFORMED */
export function parseCheckpoint(note: string): Checkpoint {
  const text = note.includes('\n\n') ? splitNote(note).text : note;
  const [origin = '', size = '', root = '', ...extensions] = text.split('\n');
  const [count, hash] = [parseCount(size), decodeBase64(root)];
  const ended = extensions.pop() === '' && extensions.every((line) => line !== '');
  if (origin === '' || count === undefined || hash?.length !== hashBytes || !ended)
    throw new DomainError(
      'integrity',
      'CHECKPOINT_MALFORMED',
      'not a checkpoint: three lines for origin, size and root',
    );
  return { origin, size: count, root: hash };
}

/**
 * A checkpoint that the log itself has signed, by the name of its origin, and as many witnesses as are needed.
 * @throws NOTE_MALFORMED, NOTE_SIGNATURE_WRONG, NOTE_UNSIGNED, KEY_RETIRED, CHECKPOINT_MALFORMED, WITNESSES_MISSING
 */
export function openCheckpoint(
  note: string,
  { keys, witnesses = [], witnessesNeeded = 0 }: CheckpointPolicy,
): OpenedCheckpoint {
  const { text, signatures } = openNote(note, [...keys, ...witnesses]);
  const checkpoint = parseCheckpoint(text);
  const own = signatures.filter(({ key, name }) => keys.includes(key) && name === checkpoint.origin);
  const signedBy = own.filter(({ key: { lastSize = Infinity } }) => checkpoint.size <= lastSize);
  if (signedBy.length === 0) throw own.length === 0 ? unsigned(checkpoint) : retired(checkpoint);
  const signers = new Set(own.map(({ key }) => encodeBase64(key.publicKey)));
  const witnessedBy = signatures.filter(
    ({ key }) => witnesses.includes(key) && !signers.has(encodeBase64(key.publicKey)),
  );
  if (witnessedBy.length < witnessesNeeded) {
    const message = `${witnessedBy.length} of the given witnesses have cosigned the checkpoint, ${witnessesNeeded} are needed`;
    throw new DomainError('integrity', 'WITNESSES_MISSING', message);
  }
  return { ...checkpoint, signedBy, witnessedBy };
}

const unsigned = ({ origin }: Checkpoint): DomainError =>
  new DomainError('integrity', 'NOTE_UNSIGNED', `no given key has signed for the log ${origin}`);

const retired = ({ origin, size }: Checkpoint): DomainError =>
  new DomainError(
    'integrity',
    'KEY_RETIRED',
    `the checkpoint of ${origin} at ${size} entries is by a key that another one had followed before`,
  );
