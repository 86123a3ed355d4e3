import { deadLetterSuffix } from './message-bus.js';

const errorHeaders = ['x-error-message', 'x-error-attempts', 'x-error-value-bytes', 'x-original-topic'];

export const isErrorHeader = (name: string): boolean => errorHeaders.includes(name.toLowerCase());

export const deadLetterTopic = (topic: string): string => `${topic}${deadLetterSuffix}`;
export const topicOfDeadLetters = (letters: string): string => letters.slice(0, -deadLetterSuffix.length);
export const isDeadLetterTopic = (topic: string): boolean => topic.endsWith(deadLetterSuffix);

/** The headers that a dead letter has besides its own. `attempts` is 0 when no handler was asked. */
export const deadLetterHeaders = (
  { topic, attempts }: { readonly topic: string; readonly attempts: number },
  error: unknown,
): Record<string, string> => ({
  'x-error-message': reasonOf(error),
  'x-error-attempts': String(attempts),
  'x-original-topic': topic,
});

/** Whatever was thrown, as a text. */
function reasonOf(error: unknown): string {
  try {
    const text: unknown = error instanceof Error ? error.message : error;
    return String(text).toWellFormed().slice(0, 1000).toWellFormed();
  } catch {
    return 'something that has no text was thrown';
  }
}

/** Without what {@link deadLetterHeaders} has added. */
export const originalHeaders = <Value>(headers: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !isErrorHeader(name)));
