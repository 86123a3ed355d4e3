import { DomainError } from '#kernel';
import { nameId } from '../derive.js';
import { parseCount } from './base64.js';
import { openNote, signNote, splitNote } from './note.js';
import { formatVerifierKey, parseVerifierKey, type Signer, type VerifierKey } from './verifier-key.js';

const firstLine = 'holdfast.dev/key-rotation/v1';
const mostRotations = 1000;

/** A log goes over from one key to the next. */
export interface KeyRotation {
  readonly before: VerifierKey;
  readonly next: VerifierKey;
  /** Entries of the largest checkpoint that the key before signs: what is larger counts only by the next. */
  readonly lastSize: number;
}

/** The stream of an event store in which a log's rotations stand, one event each. */
export const keyStreamOf = (origin: string): string => `audit-${nameId('signing-keys', origin)}`;

/** A statement of both keys, signed by both: by the one before, so that it is believed, and by the next, so that nobody claims another's. */
export const signRotation = (before: Signer, next: Signer, lastSize: number): Promise<string> =>
  signNote(`${[firstLine, ...[before, next].map(keyText), lastSize].join('\n')}\n`, [before, next]);

/**
 * The statements of one log, oldest first, which must be one chain: each by the key that the one before it announced, to a key that was none.
 * @throws ROTATION_MALFORMED, ROTATION_UNSIGNED, ROTATION_FORKED, ROTATION_BACKWARDS
 */
export function openRotations(statements: readonly string[]): readonly KeyRotation[] {
  if (statements.length > mostRotations)
    throw wrong('ROTATION_MALFORMED', `more than ${mostRotations} rotations`);
  const chain: KeyRotation[] = [];
  for (const statement of statements) {
    const rotation = opened(statement);
    const { before, next, lastSize } = rotation;
    const last = chain.at(-1);
    const known = chain.some((one) => same(one.before, next) || same(one.next, next));
    if (known || lastSize < (last?.lastSize ?? 0))
      throw wrong('ROTATION_BACKWARDS', 'a rotation goes back to an earlier key or an earlier size');
    if (last !== undefined && !(same(last.next, before) && last.next.name === before.name))
      throw wrong('ROTATION_FORKED', 'a rotation is by a key that is not the last one of the log');
    chain.push(rotation);
  }
  return chain;
}

/**
 * What is trusted by whoever trusts these keys, once the rotations are heard: for each of them that is in the chain all that follow. A key that
 * was followed by another counts up to its last size.
 */
export function followRotations(
  keys: readonly VerifierKey[],
  rotations: readonly KeyRotation[],
): readonly VerifierKey[] {
  const trusts = ({ before }: KeyRotation) =>
    keys.some((key) => same(key, before) && (key.name ?? before.name) === before.name);
  const first = rotations.findIndex(trusts);
  const followers = first < 0 ? [] : rotations.slice(first).map(({ next }) => next);
  const all = [...keys, ...followers.filter((next) => !keys.some((key) => same(key, next)))];
  return all.map((key) => {
    const left = rotations.find(({ before }) => same(key, before));
    return left === undefined ? key : { ...key, lastSize: left.lastSize };
  });
}

function opened(statement: string): KeyRotation {
  const { text, signatures } = splitNote(statement);
  const [first, before = '', next = '', size = '', end, ...rest] = text.split('\n');
  const lastSize = parseCount(size);
  if (first !== firstLine || lastSize === undefined || end !== '' || rest.length > 0)
    throw wrong('ROTATION_MALFORMED', 'not the rotation of a key');
  const keys = [keyIn(before), keyIn(next)] as const;
  if (keys[0].name !== keys[1].name) throw wrong('ROTATION_MALFORMED', 'its keys are of two logs');
  if (signatures.length !== 2 || !isByAll(statement, keys))
    throw wrong('ROTATION_UNSIGNED', 'a rotation is not signed by both of its keys, and by nobody else');
  return { before: keys[0], next: keys[1], lastSize };
}

function keyIn(text: string): VerifierKey {
  try {
    const key = parseVerifierKey(text);
    if (key.algorithm === 'ed25519') return key;
  } catch {
    // said below
  }
  throw wrong('ROTATION_MALFORMED', 'a rotation names what is no key of a log');
}

function isByAll(note: string, keys: readonly VerifierKey[]): boolean {
  try {
    return openNote(note, keys).signatures.length === keys.length;
  } catch {
    return false;
  }
}

const keyText = ({ keyName, publicKey }: Signer): string => formatVerifierKey(keyName, publicKey);

const same = (a: VerifierKey, b: VerifierKey): boolean =>
  a.algorithm === b.algorithm && Buffer.compare(a.publicKey, b.publicKey) === 0;

const wrong = (code: string, message: string): DomainError => new DomainError('integrity', code, message);
