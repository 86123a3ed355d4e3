import { isSealedText, type JsonObject } from '#kernel';
import { shownName, shownText, type Subjects } from '#key-store';

/**
 * Lines of a named edition, event by event: what it has sealed, opened, and who did it, once for each person.
 * @throws KEY_STORE_UNAVAILABLE
 */
export function namedLines(people: Subjects): (eventId: string, metadata: unknown) => Promise<string> {
  const told = new Set<string>();
  return async (eventId, metadata) => {
    const { actor, reason } = (metadata ?? {}) as JsonObject;
    const { id, type } = (actor ?? {}) as JsonObject;
    const lines: JsonObject[] = [];
    if (type === 'person' && typeof id === 'string' && !told.has(id)) {
      told.add(id);
      const name = await shownName(people, id);
      if (name !== undefined) lines.push({ person: id, name });
    }
    if (isSealedText(reason)) lines.push({ eventId, reason: await shownText(people, reason) });
    return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  };
}
