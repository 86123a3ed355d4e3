import type { Subjects } from './subjects.js';

/**
 * Carries everybody over: names, keys, and who was erased. What was broken off is begun again, and whoever was erased at the destination stays so.
 * @param onPeople hears how many so far
 * @throws KEY_DIFFERENT, KEY_STORE_UNAVAILABLE
 */
export async function copySubjects(
  from: Subjects,
  to: Subjects,
  { signal, onPeople }: { readonly signal?: AbortSignal; onPeople?(count: number): void } = {},
): Promise<{ readonly people: number }> {
  let people = 0;
  for await (const page of from.all()) {
    for (const subject of page) {
      signal?.throwIfAborted();
      const found = await from.find(subject);
      const key = found.erased ? undefined : await from.findKey(subject);
      await to.take({ ...found, ...(key && { key }) });
      people++;
    }
    onPeople?.(people);
  }
  return { people };
}
