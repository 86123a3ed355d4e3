import { DomainError } from '#kernel';

/**
 * Who is behind the pseudonyms of events, and one key for what each of them wrote: the one thing that can be deleted.
 *
 * What every adapter MUST do:
 * - `keyOf` makes the key at first need: whoever asks at the same time, from wherever, is given the same one.
 * - `erase` destroys name and key and is remembered: no later call makes either again. What it gave out before is its caller's to forget.
 * - after a crash at any instant a subject is as before the call, or erased; never named or keyed again after `erase` has answered.
 */
export interface Subjects {
  /** 32 bytes. @throws SUBJECT_ERASED, SUBJECT_INVALID */
  keyOf(subject: string): Promise<Uint8Array>;
  /** Undefined where there never was one, or no longer is. @throws SUBJECT_INVALID */
  findKey(subject: string): Promise<Uint8Array | undefined>;
  /** Gives or corrects the printed name. @throws SUBJECT_ERASED, SUBJECT_INVALID, NAME_INVALID */
  setName(subject: string, name: string): Promise<void>;
  /** @throws SUBJECT_INVALID */
  find(subject: string): Promise<Subject>;
  /** Those of that name: two people may share one. */
  named(name: string): Promise<readonly string[]>;
  /** False where it was erased before. @throws SUBJECT_INVALID */
  erase(subject: string): Promise<boolean>;
  /** Everybody who was ever named, keyed or erased, in pages; to carry them over. */
  all(): AsyncIterable<readonly string[]>;
  /**
   * Takes a person over as another directory has them: whoever is erased in either is erased here; a name that is here stays.
   * @throws KEY_DIFFERENT where another key is here; SUBJECT_INVALID, NAME_INVALID
   */
  take(person: Carried): Promise<void>;
  close(): Promise<void>;
}

/** A person on the way from one directory to another. */
export interface Carried extends Subject {
  readonly key?: Uint8Array;
}

export interface Subject {
  readonly subject: string;
  readonly name?: string;
  readonly erased: boolean;
}

export const keyBytes = 32;
const maxNameLength = 200;
const pseudonym = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether this can be one. */
export const isPseudonym = (subject: string): boolean => pseudonym.test(subject);

/** Pseudonyms are UUIDs: nothing of a person, and safe as a file's name. @throws SUBJECT_INVALID */
export function assertSubject(subject: string): void {
  if (isPseudonym(subject)) return;
  throw new DomainError('invalid', 'SUBJECT_INVALID', 'a person is known by a pseudonym, a UUID');
}

/** The key as it was found. @throws KEY_DAMAGED */
export function assertKey(subject: string, key: Uint8Array): Uint8Array {
  if (key.length === keyBytes) return key;
  throw new DomainError('integrity', 'KEY_DAMAGED', `the key of ${subject} has ${key.length} bytes`);
}

/** @throws NAME_INVALID */
export function assertName(name: string): void {
  if (/^[^\p{Cc}\p{Cs}]+$/u.test(name) && name.trim() === name && name.length <= maxNameLength) return;
  const message = `a name has 1 to ${maxNameLength} characters, none of them a control character, and no space around it`;
  throw new DomainError('invalid', 'NAME_INVALID', message);
}

/** What is sealed under either key would be lost with the other. */
export function assertSameKey(subject: string, here: Uint8Array | undefined, given: Uint8Array): void {
  if (here === undefined || Buffer.compare(here, given) === 0) return;
  const message = `${subject} has another key here: the directories are of two installations, or both were written to`;
  throw new DomainError('rule', 'KEY_DIFFERENT', message);
}

export const erasedError = (subject: string): DomainError =>
  new DomainError('rule', 'SUBJECT_ERASED', `${subject} was erased; take a new pseudonym`);
