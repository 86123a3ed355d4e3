import type { Faults, OpenSubscription } from '../faults.js';
import type { Store } from '../store/store.js';
import { notReady } from './errors.js';
import { fellBehind, type ReadResp } from './messages.js';
import { send, untilEmitted, type ReadCall } from './sending.js';

/** A subscription was asked to end as if it were over. */
export class Ended extends Error {}

/** The open end of one subscription: sends, waits for more, and does the wrong that it is asked to do. */
export class Delivery {
  readonly #store: Store;
  readonly #faults: Faults;
  readonly #call: ReadCall;
  readonly #open: OpenSubscription = { fault: undefined };

  constructor(store: Store, faults: Faults, call: ReadCall) {
    this.#store = store;
    this.#faults = faults;
    this.#call = call;
    faults.subscriptions.add(this.#open);
  }

  async send(message: ReadResp): Promise<void> {
    await this.#misbehave();
    await send(this.#call, message);
  }

  /** Resolves when more has become durable, or sooner: look, then call again. */
  async more(): Promise<void> {
    const seen = this.#store.history.visible;
    await this.#misbehave();
    if (this.#store.history.visible === seen) await untilEmitted(this.#call, this.#store, 'committed');
  }

  close(): void {
    this.#faults.subscriptions.delete(this.#open);
  }

  async #misbehave(): Promise<void> {
    while (this.#open.fault === 'subscriptions-silent')
      await untilEmitted(this.#call, this.#store, 'committed');
    const { fault } = this.#open;
    this.#open.fault = undefined;
    if (fault === 'subscriptions-end') throw new Ended();
    if (fault === 'subscriptions-fail') throw notReady();
    if (fault === 'subscriptions-fall-behind') await send(this.#call, fellBehind());
  }
}
