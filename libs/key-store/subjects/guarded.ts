import { DomainError, isDomainError } from '#kernel';
import { codeOf } from '../file/place-file.js';
import type { Subjects } from './subjects.js';

const full = new Set(['ENOSPC', 'EDQUOT']);

/** Says of an engine's failures what they mean, without telling where it is. @param why of an error, a word or two */
export function guarded(store: Subjects, why: (error: unknown) => string): Subjects {
  const told = (error: unknown): never => {
    if (isDomainError(error)) throw error;
    if (full.has(codeOf(error))) {
      const message = 'the disk of the directory of names and keys is full';
      throw new DomainError('exhausted', 'STORAGE_FULL', message, { cause: error });
    }
    const message = `the directory of names and keys cannot be used (${why(error)})`;
    throw new DomainError('unavailable', 'KEY_STORE_UNAVAILABLE', message, { cause: error });
  };
  return {
    keyOf: (subject) => store.keyOf(subject).catch(told),
    findKey: (subject) => store.findKey(subject).catch(told),
    setName: (subject, name) => store.setName(subject, name).catch(told),
    find: (subject) => store.find(subject).catch(told),
    named: (name) => store.named(name).catch(told),
    erase: (subject) => store.erase(subject).catch(told),
    async *all() {
      try {
        yield* store.all();
      } catch (error) {
        told(error);
      }
    },
    take: (person) => store.take(person).catch(told),
    close: () => store.close(),
  };
}
