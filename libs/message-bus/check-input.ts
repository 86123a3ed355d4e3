import { DomainError } from '#kernel';
import {
  deadLetterSuffix,
  maxHeaderBytes,
  maxHeaders,
  maxValueBytes,
  type Message,
  type SubscribeOptions,
} from './message-bus.js';

/** What every engine's topics may be called: Kafka's rule, with room for the name of their dead letters. */
const topicPattern = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,236}$/;
/** What an engine may need to frame one header. */
const framingBytes = 8;

const isText = (value: unknown): value is string => typeof value === 'string' && value.isWellFormed();
const isCount = (value: unknown) => Number.isInteger(value) && (value as number) > 0;

/** @throws TOPIC_INVALID */
export function checkTopic(topic: string): void {
  const own = typeof topic === 'string' ? topic.replace(new RegExp(`(?<=.)${deadLetterSuffix}$`), '') : '';
  if (topicPattern.test(own)) return;
  const message = 'a topic is 1 to 236 of A-Z a-z 0-9 . _ - and not . or ..';
  throw new DomainError('invalid', 'TOPIC_INVALID', message);
}

/** The same input rules for every adapter. @throws TOPIC_INVALID, MESSAGE_INVALID, MESSAGE_TOO_LARGE */
export function checkMessages(topic: string, messages: readonly Message[]): void {
  checkTopic(topic);
  for (const { key, headers, value } of messages) {
    const texts = [key, ...Object.entries(headers ?? {}).flat()];
    if (!headers || !texts.every(isText) || !(value instanceof Uint8Array)) {
      const message = 'key and headers are Unicode texts, the value is bytes';
      throw new DomainError('invalid', 'MESSAGE_INVALID', message);
    }
    const headerCount = (texts.length - 1) / 2;
    const headerBytes = texts.reduce(
      (sum, text) => sum + Buffer.byteLength(text),
      headerCount * framingBytes,
    );
    if (value.length > maxValueBytes) throw tooLarge('bytes', value.length, { maxValueBytes });
    if (headerCount > maxHeaders) throw tooLarge('headers', headerCount, { maxHeaders });
    if (headerBytes > maxHeaderBytes) throw tooLarge('bytes of headers', headerBytes, { maxHeaderBytes });
  }
}

function tooLarge(what: string, found: number, facts: Readonly<Record<string, number>>): DomainError {
  const message = `a message of ${found} ${what}; at most ${Object.values(facts).join()}`;
  return new DomainError('exhausted', 'MESSAGE_TOO_LARGE', message, { facts });
}

/** @throws TOPIC_INVALID, SUBSCRIPTION_INVALID */
export function checkSubscription({ topics, group, maxAttempts }: SubscribeOptions): void {
  topics.forEach(checkTopic);
  const named = group === undefined || (isText(group) && group.length > 0 && group.length <= 200);
  if (topics.length > 0 && named && (maxAttempts === undefined || isCount(maxAttempts))) return;
  const message = 'a subscription has topics, a group of 1 to 200 characters or none, and 1 or more attempts';
  throw new DomainError('invalid', 'SUBSCRIPTION_INVALID', message);
}

/** @throws TOPIC_INVALID, LIMIT_INVALID */
export function checkReplay(topic: string, limit: number | undefined): void {
  checkTopic(topic);
  if (topic.endsWith(deadLetterSuffix)) {
    const message = 'dead letters go back to their topic: name that one';
    throw new DomainError('invalid', 'TOPIC_INVALID', message);
  }
  if (limit === undefined || isCount(limit)) return;
  throw new DomainError('invalid', 'LIMIT_INVALID', 'a limit is a whole number of 1 or more');
}
