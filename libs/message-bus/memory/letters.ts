import type { DeadLetters, Delivery } from '../message-bus.js';

/** Of each topic, beyond which the oldest dead letters are lost. */
const most = { letters: 1000, bytes: 16 * 1024 * 1024 };

/** Dead letters until they are replayed or the process ends. */
export function openLetters() {
  const topics = new Map<string, { readonly letters: Delivery[]; bytes: number }>();
  return {
    keep(topic: string, letter: Delivery): void {
      const kept = topics.get(topic) ?? { letters: [], bytes: 0 };
      topics.set(topic, kept);
      kept.letters.push(letter);
      kept.bytes += letter.value.length;
      while (kept.letters.length > most.letters || kept.bytes > most.bytes)
        kept.bytes -= kept.letters.shift()?.value.length ?? 0;
    },
    list: (prefix: string): readonly DeadLetters[] =>
      [...topics]
        .filter(([topic]) => topic.startsWith(prefix))
        .map(([topic, { letters }]) => ({
          topic,
          messages: letters.length,
          newestReason: letters.at(-1)?.headers['x-error-message'] ?? '',
        }))
        .sort((a, b) => (a.topic < b.topic ? -1 : 1)),
    /** The oldest first; they are no longer kept. */
    take(topic: string, limit = Number.POSITIVE_INFINITY): readonly Delivery[] {
      const kept = topics.get(topic);
      if (kept === undefined) return [];
      const taken = kept.letters.splice(0, Math.min(limit, kept.letters.length));
      kept.bytes -= taken.reduce((sum, { value }) => sum + value.length, 0);
      if (kept.letters.length === 0) topics.delete(topic);
      return taken;
    },
  };
}
