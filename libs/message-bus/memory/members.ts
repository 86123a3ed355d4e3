import type { Delivery, SubscribeOptions } from '../message-bus.js';

/** Messages that one subscriber may be behind. */
const capacity = 10_000;
/** How long publishers wait for a subscriber to make room before its oldest message is lost. */
const patienceMs = 1000;
/** Deliveries in a row before the event loop gets a turn. */
const inARow = 64;

export type Handle = (delivery: Delivery) => Promise<void> | void;

/** One subscriber: its queue, and the one handler in progress. */
export class Member {
  readonly options: SubscribeOptions;
  readonly #handle: Handle;
  readonly #bury: (delivery: Delivery, error: unknown) => void;
  #queue: Delivery[] = [];
  #draining: Promise<void> | undefined;
  #closed = false;
  /** True once patience has run out, until half of the queue is worked off. */
  #overrun = false;
  #roomWaiters: (() => void)[] = [];

  constructor(options: SubscribeOptions, handle: Handle, bury: (delivery: Delivery, error: unknown) => void) {
    this.options = options;
    this.#handle = handle;
    this.#bury = bury;
  }

  hasRoom(): boolean {
    return this.#queue.length < capacity || this.#overrun || this.#closed;
  }

  /** Resolves when there is room, or nobody should wait for it any longer. */
  async room(): Promise<void> {
    if (this.hasRoom()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#roomWaiters.push(resolve);
    const timer = setTimeout(() => {
      this.#overrun = true;
      this.#wakePublishers();
    }, patienceMs);
    await promise;
    clearTimeout(timer);
  }

  /** Never runs the handler itself: delivery begins after this turn of the event loop. */
  push(delivery: Delivery): void {
    if (this.#closed) return;
    if (this.#queue.length >= capacity) this.#queue.shift();
    this.#queue.push(delivery);
    this.#draining ??= this.#drain();
  }

  /** Stops; gives back what was not begun once the handler in progress has ended. */
  async close(): Promise<readonly Delivery[]> {
    this.#closed = true;
    const rest = this.#queue;
    this.#queue = [];
    this.#wakePublishers();
    await this.#draining;
    return rest;
  }

  async #drain(): Promise<void> {
    for (let count = 0; ; count++) {
      if (count % inARow === 0) await new Promise((resolve) => setImmediate(resolve));
      const delivery = this.#queue.shift();
      if (delivery === undefined) break;
      if (this.#queue.length < capacity / 2) this.#overrun = false;
      this.#wakePublishers();
      await this.#deliver(delivery);
    }
    // In the same turn as the look into the queue: a message pushed now starts a new drain.
    this.#draining = undefined;
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { maxAttempts = 3 } = this.options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#handle({ ...delivery, value: new Uint8Array(delivery.value), attempt });
      } catch (error) {
        if (attempt >= maxAttempts) return this.#bury({ ...delivery, attempt }, error);
        if (this.#closed) return;
        await new Promise((resolve) => setTimeout(resolve, 5 * 2 ** attempt));
      }
    }
  }

  #wakePublishers(): void {
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const wake of waiters) wake();
  }
}
