/** One message; `headers` follow CloudEvents 1.0 binary mode where the topic is public (`ce_id`, `ce_type`, …). */
export interface Message {
  /** Messages of one key keep their order. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** ≤ {@link maxValueBytes}. */
  readonly value: Uint8Array;
}

export interface Delivery extends Message {
  readonly topic: string;
  /** 1 for the first try. */
  readonly attempt: number;
}

export interface SubscribeOptions {
  readonly topics: readonly string[];
  /** Members of one group share the messages; each group gets them all. Absent: this subscriber alone gets them all, only those sent from now on (a fan-out). */
  readonly group?: string;
  /** A message whose handler has thrown this often goes to `<topic>.dead-letters` with `x-error-*` headers. Default 3. */
  readonly maxAttempts?: number;
}

export interface Subscription {
  /** Resolves when the subscription receives. */
  readonly ready: Promise<void>;
  /** Waits for the handler in progress. */
  close(): Promise<void>;
}

/** What follows a topic's name where messages go that no handler could take. */
export const deadLetterSuffix = '.dead-letters';
export const maxValueBytes = 1_000_000;

/**
 * The nerve: wakes people up. It may lose, double or reorder across keys; nothing may depend on it for truth.
 *
 * - `publish` resolves when the engine has the batch; order within one key and one publisher is kept. It MUST NOT wait for
 *   handlers without end: where nobody makes room, messages are lost rather than publishers held up. A message that is not as
 *   typed here is `invalid` MESSAGE_INVALID or `exhausted` MESSAGE_TOO_LARGE, and then nothing of its batch is published.
 * - A handler MUST be short (hand work over, return); a throw is retried, then dead-lettered; it never blocks other keys for ever.
 *   Dead letters of dead letters are dropped. Each handler gets bytes of its own.
 * - A group goes on when members come and go; what a leaving member had not begun goes to another.
 * - `close` MUST finish handlers in progress and MUST NOT deliver afterwards; then every call is `unavailable` BUS_CLOSED.
 */
export interface MessageBus {
  publish(topic: string, messages: readonly Message[]): Promise<void>;
  subscribe(options: SubscribeOptions, handle: (delivery: Delivery) => Promise<void> | void): Subscription;
  close(): Promise<void>;
}
