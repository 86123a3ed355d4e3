import { erased, isPseudonym, type Subjects } from '#key-store';

/** The printed name behind a pseudonym, `erased` where they were; undefined where nobody was named. @throws KEY_STORE_UNAVAILABLE */
export async function nameOf(people: Subjects, id: string): Promise<string | undefined> {
  if (!isPseudonym(id)) return undefined;
  const found = await people.find(id);
  return found.erased ? erased : found.name;
}
