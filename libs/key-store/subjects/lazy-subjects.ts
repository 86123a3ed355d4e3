import type { Subjects } from './subjects.js';

/** Opened by the first call, and again by the next where that failed: where nobody is named and nobody says why, it never is. */
export function lazySubjects(open: () => Promise<Subjects>): Subjects {
  let opening: Promise<Subjects> | undefined;
  const opened = (): Promise<Subjects> =>
    (opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    }));
  return {
    keyOf: async (subject) => (await opened()).keyOf(subject),
    findKey: async (subject) => (await opened()).findKey(subject),
    setName: async (subject, name) => (await opened()).setName(subject, name),
    find: async (subject) => (await opened()).find(subject),
    named: async (name) => (await opened()).named(name),
    erase: async (subject) => (await opened()).erase(subject),
    async *all() {
      yield* (await opened()).all();
    },
    take: async (person) => (await opened()).take(person),
    close: async () => (await opening?.catch(() => undefined))?.close(),
  };
}
