/** One message; `headers` follow CloudEvents 1.0 binary mode where the topic is public (`ce_id`, `ce_type`, …). */
export interface Message {
  /** Messages of one key keep their order. Unicode text, as header names and texts are. */
  readonly key: string;
  /** At most {@link maxHeaders}; with the key and 8 bytes for each at most {@link maxHeaderBytes} in UTF-8. */
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
  /**
   * Members of one group share the messages; each group gets them all. A new group may begin with what the engine still
   * has from before. Absent: this subscriber alone gets them all, only those sent from now on (a fan-out).
   */
  readonly group?: string;
  /** A message whose handler has thrown this often goes to `<topic>.dead-letters` with `x-error-*` headers. Default 3. */
  readonly maxAttempts?: number;
  /** Hears of each message of a topic that went to its dead letters by this subscription; must not throw. */
  readonly onDeadLetter?: (topic: string) => void;
}

export interface Subscription {
  /** Resolves when the subscription receives, whatever is sent after that; or when it is closed before. Never rejects. */
  readonly ready: Promise<void>;
  /** Waits for the handler in progress. */
  close(): Promise<void>;
}

export interface ReplayOptions {
  /** Messages at most. Default: all that lie there now. */
  readonly limit?: number;
}

/** What was put aside of one topic. */
export interface DeadLetters {
  readonly topic: string;
  readonly messages: number;
  /** Why the newest of them was; absent when it could not be read in time. */
  readonly newestReason?: string;
}

/** What follows a topic's name where messages go that no handler could take. */
export const deadLetterSuffix = '.dead-letters';
export const maxValueBytes = 1_000_000;
export const maxHeaders = 100;
/** Together with a value of {@link maxValueBytes} it fits Kafka's default `message.max.bytes` of 1,048,588. */
export const maxHeaderBytes = 32_768;

/**
 * The nerve: wakes people up. It may lose, double or reorder across keys; nothing may depend on it for truth.
 *
 * - `publish` resolves when the engine has the batch; order within one key and one publisher is kept while a group stays, whether calls were
 *   awaited or not. It MUST NOT wait for handlers without end: where nobody makes room, messages are lost rather than publishers
 *   held up. It MUST end by its own deadline: `unavailable` BUS_UNAVAILABLE, and then some of the batch may have been sent. A
 *   message that is not as typed here is `invalid` MESSAGE_INVALID or `exhausted` MESSAGE_TOO_LARGE, and then nothing of its
 *   batch is published.
 * - A handler MUST be short (hand work over, return); one runs at a time for each subscription. A throw is retried, then
 *   dead-lettered; it never blocks other keys for ever. Dead letters of dead letters are dropped. Each handler gets bytes of its
 *   own. What strangers put on a topic is delivered as typed here, or goes to the dead letters with the reason.
 * - A group goes on when members come and go, whatever topics each of them reads; what a leaving member had not begun goes to
 *   another.
 * - `subscribe` throws `invalid` SUBSCRIPTION_INVALID or TOPIC_INVALID. It outlives the engine's absence by itself.
 * - `probe` resolves when the engine answers and no subscription has fallen silent; else it is `unavailable` BUS_UNAVAILABLE
 *   within seconds.
 * - `replay` puts the dead letters of a topic back to it, with the headers they had at first, in order within a key, and resolves to
 *   their number. They are gone from the dead letters afterwards; a failure in between may double them.
 * - `deadLetters` tells of every topic whose name begins with `prefix` and of which something lies there, by name, whoever has put it aside.
 * - `close` MUST finish handlers in progress and MUST NOT deliver afterwards; then every call is `unavailable` BUS_CLOSED.
 */
export interface MessageBus {
  publish(topic: string, messages: readonly Message[]): Promise<void>;
  subscribe(options: SubscribeOptions, handle: (delivery: Delivery) => Promise<void> | void): Subscription;
  probe(): Promise<void>;
  deadLetters(prefix: string): Promise<readonly DeadLetters[]>;
  replay(topic: string, options?: ReplayOptions): Promise<number>;
  close(): Promise<void>;
}
