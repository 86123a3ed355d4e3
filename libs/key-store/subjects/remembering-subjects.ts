import type { Clock } from '#kernel';
import type { Subject, Subjects } from './subjects.js';

/** An erasure elsewhere is known here after as long. */
const rememberMs = 1000;
const most = 1000;

/**
 * What was found a moment ago is not looked for again; forgotten after {@link rememberMs}, and at once where a person is erased or named by way of it.
 */
export function rememberingSubjects(subjects: Subjects, clock: Clock): Subjects {
  const keys = remembered<Uint8Array | undefined>(clock);
  const people = remembered<Subject>(clock);
  const forget = (subject: string) => {
    keys.forget(subject);
    people.forget(subject);
  };
  const change = <T>(subject: string, work: Promise<T>): Promise<T> => {
    forget(subject);
    return work.finally(() => forget(subject));
  };
  return {
    keyOf: async (subject) => (await keys.get(subject)) ?? keys.keep(subject, subjects.keyOf(subject)),
    findKey: (subject) => keys.get(subject) ?? keys.keep(subject, subjects.findKey(subject)),
    find: (subject) => people.get(subject) ?? people.keep(subject, subjects.find(subject)),
    named: (name) => subjects.named(name),
    setName: (subject, name) => change(subject, subjects.setName(subject, name)),
    erase: (subject) => change(subject, subjects.erase(subject)),
    all: () => subjects.all(),
    take: (person) => change(person.subject, subjects.take(person)),
    close: () => subjects.close(),
  };
}

/** Answers by subject, while they are young; those under way too, so that many who ask at once ask once. */
function remembered<Answer>(clock: Clock) {
  const known = new Map<string, { readonly answer: Promise<Answer>; readonly until: number }>();
  const forget = (subject: string) => void known.delete(subject);
  return {
    forget,
    get(subject: string): Promise<Answer> | undefined {
      const found = known.get(subject);
      return found !== undefined && found.until > clock.monotonicMs() ? found.answer : undefined;
    },
    keep<Given extends Answer>(subject: string, answer: Promise<Given>): Promise<Given> {
      if (known.size >= most) known.clear();
      known.set(subject, { answer, until: clock.monotonicMs() + rememberMs });
      answer.catch(() => forget(subject));
      return answer;
    },
  };
}
