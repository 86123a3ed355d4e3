import type { KafkaMessage } from 'kafkajs';
import { DomainError, isDomainError } from '#kernel';
import { deadLetterTopic, isDeadLetterTopic } from '../dead-letter.js';
import { maxValueBytes, type Delivery } from '../message-bus.js';
import { backoffMs, pause } from './deadline.js';
import { deadLetter, deliveryOf, type Outgoing } from './record.js';

export type Handle = (delivery: Delivery) => Promise<void> | void;

export interface Delivering {
  readonly handle: Handle;
  readonly maxAttempts: number;
  readonly isClosing: () => boolean;
  readonly put: (topic: string, messages: readonly Outgoing[]) => Promise<void>;
  readonly log: (message: string) => void;
  readonly onDeadLetter: (topic: string) => void;
}

/** Hands one message over, again when the handler throws, or puts it aside. False when it was given up because we close. */
export async function deliver(to: Delivering, topic: string, message: KafkaMessage): Promise<boolean> {
  const { handle, maxAttempts, isClosing } = to;
  const size = message.value?.length ?? 0;
  if (size > maxValueBytes) {
    const text = `a message of ${size} bytes; at most ${maxValueBytes}`;
    return bury(to, topic, message, {
      error: new DomainError('exhausted', 'MESSAGE_TOO_LARGE', text),
      attempts: 0,
    });
  }
  for (let attempt = 1; ; attempt++) {
    try {
      await handle(deliveryOf(topic, message, attempt));
      return true;
    } catch (error) {
      if (attempt >= maxAttempts) return bury(to, topic, message, { error, attempts: attempt });
      if (isClosing()) return false;
      await pause(Math.min(1000, 5 * 2 ** attempt));
      if (isClosing()) return false;
    }
  }
}

/** Goes on only when the dead letter is with the broker: nothing is lost because the broker is away. */
async function bury(
  { put, isClosing, log, onDeadLetter }: Delivering,
  topic: string,
  message: KafkaMessage,
  why: { readonly error: unknown; readonly attempts: number },
): Promise<boolean> {
  if (isDeadLetterTopic(topic)) return true;
  let dropped = (message.value?.length ?? 0) > maxValueBytes;
  for (let failures = 0; ; failures++) {
    try {
      await put(deadLetterTopic(topic), [deadLetter(topic, message, { ...why, dropped })]);
      onDeadLetter(topic);
      return true;
    } catch (error) {
      const refused = isDomainError(error) && error.kind !== 'unavailable';
      if (refused && dropped) {
        log(`a message of ${topic} is lost, the broker takes no dead letter of it: ${error.message}`);
        return true;
      }
      dropped ||= refused;
      if (isClosing()) return false;
      if (!refused) await pause(backoffMs(failures));
    }
  }
}
