import { DomainError } from '#kernel';
import { maxValueBytes, type Message } from './message-bus.js';

/** What every engine's topics may be called: Kafka's rule. */
const topicPattern = /^[A-Za-z0-9._-]{1,249}$/;

/** The same input rules for every adapter. @throws TOPIC_INVALID, MESSAGE_INVALID, MESSAGE_TOO_LARGE */
export function checkMessages(topic: string, messages: readonly Message[]): void {
  if (typeof topic !== 'string' || !topicPattern.test(topic)) {
    throw new DomainError('invalid', 'TOPIC_INVALID', 'a topic is 1 to 249 of A-Z a-z 0-9 . _ -');
  }
  for (const { key, headers, value } of messages) {
    const texts = typeof key === 'string' && Object.values(headers).every((text) => typeof text === 'string');
    if (!texts || !(value instanceof Uint8Array)) {
      throw new DomainError('invalid', 'MESSAGE_INVALID', 'key and headers are texts, the value is bytes');
    }
    if (value.length > maxValueBytes) {
      const message = `a message of ${value.length} bytes; at most ${maxValueBytes}`;
      throw new DomainError('exhausted', 'MESSAGE_TOO_LARGE', message, { facts: { maxValueBytes } });
    }
  }
}
