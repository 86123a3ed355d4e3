import { erased } from './sealed-text.js';
import { isPseudonym, type Subjects } from './subjects.js';

/** The printed name behind a pseudonym, `erased` where they were; undefined where nobody was named. @throws KEY_STORE_UNAVAILABLE */
export async function shownName(subjects: Subjects, id: string): Promise<string | undefined> {
  if (!isPseudonym(id)) return undefined;
  const found = await subjects.find(id);
  return found.erased ? erased : found.name;
}
