import { DomainError } from '#kernel';
import {
  followRotations,
  openCheckpoint,
  openRotations,
  signRotation,
  type Checkpoint,
  type Signer,
  type VerifierKey,
} from '#evidence';
import type { LogParts } from './log-parts.js';

export interface OwnCheckpoint {
  /** The newest one; undefined for none. */
  readonly checkpoint: Checkpoint | undefined;
  /** Revision of the rotation that the next checkpoint must have, for it is the first by its key. */
  readonly rotation?: number;
}

/**
 * The newest checkpoint, by the present key or one that it follows. Where the present one is new, the key before it hands over first: an event
 * that both have signed.
 * @throws LOG_KEY_UNKNOWN, LOG_KEY_RETIRED, KEY_RETIRED, ROTATION_FORKED, ROTATION_BACKWARDS, CHECKPOINT_MALFORMED
 */
export async function openOwn(parts: LogParts, note: string | undefined): Promise<OwnCheckpoint> {
  const { signer, signerBefore, keyChain } = parts;
  const present = await signer();
  const chain = async () => openRotations(await keyChain.statements(present.keyName));
  let rotations = await chain();
  const before = await signerBefore?.();
  const last = rotations.at(-1)?.next;
  if (before !== undefined && !isOf(present, last) && isSignedBy(note, before)) {
    const { size } = openCheckpoint(note, { keys: [keyOf(before)] });
    await keyChain.rotate(present.keyName, await signRotation(before, present, size));
    rotations = await chain();
  }
  const [first, newest] = [rotations[0], rotations.at(-1)];
  if (newest !== undefined && !isOf(present, newest.next)) throw retired();
  if (note === undefined) return { checkpoint: undefined };
  const keys = first === undefined ? [keyOf(present)] : followRotations([first.before], rotations);
  const checkpoint = openKnown(note, keys);
  const isByPresent = checkpoint.signedBy.some(({ key }) => isOf(present, key));
  return { checkpoint, ...(isByPresent ? {} : { rotation: rotations.length - 1 }) };
}

/**
 * What is signed now can be checked by whoever trusts the key that has signed this checkpoint.
 * @throws KEY_NOT_ANNOUNCED (unavailable) while the key before has not handed over
 */
export function assertHandedOver(note: string, present: Signer, statements: readonly string[]): void {
  const last = openRotations(statements).at(-1)?.next;
  if (last === undefined ? isSignedBy(note, present) : isOf(present, last)) return;
  const message = 'the log is about to go over to another key; ask again in a moment';
  throw new DomainError('unavailable', 'KEY_NOT_ANNOUNCED', message);
}

function openKnown(note: string, keys: readonly VerifierKey[]) {
  try {
    return openCheckpoint(note, { keys });
  } catch (cause) {
    if ((cause as DomainError).code !== 'NOTE_UNSIGNED') throw cause;
    const message =
      'the newest checkpoint is not signed by this installation’s key; name the one before it with HOLDFAST_SIGNING_KEY_BEFORE, or give the log another place';
    throw new DomainError('integrity', 'LOG_KEY_UNKNOWN', message, { cause });
  }
}

function isSignedBy(note: string | undefined, signer: Signer): note is string {
  try {
    return note !== undefined && openCheckpoint(note, { keys: [keyOf(signer)] }).signedBy.length > 0;
  } catch {
    return false;
  }
}

const keyOf = ({ keyName, publicKey }: Signer): VerifierKey => ({
  name: keyName,
  algorithm: 'ed25519',
  publicKey,
});

const isOf = ({ publicKey }: Signer, key: VerifierKey | undefined): boolean =>
  key !== undefined && Buffer.compare(publicKey, key.publicKey) === 0;

const retired = (): DomainError =>
  new DomainError(
    'integrity',
    'LOG_KEY_RETIRED',
    'another key has followed the one that is set: set HOLDFAST_SIGNING_KEY to the newest of `holdfast audit key`',
  );
