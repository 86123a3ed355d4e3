import { Cursor } from '../store/cursor.js';
import type { Filter } from '../store/filter.js';
import { firstAt, lastPosition } from '../store/places.js';
import { at, beforeAll, isAfter, later, type Position } from '../store/position.js';
import type { Store } from '../store/store.js';
import type { Delivery } from './delivery.js';
import { invalidPosition } from './errors.js';
import { caughtUp, checkpoint, eventMessage } from './messages.js';

/** What the real server reads at a time, and what it keeps for a slow consumer before it reads from the log again. */
const pageEvents = 32;
const liveEvents = 64;

export interface AllSubscription {
  readonly filter: Filter;
  /** Undefined for a subscription without a filter: it has no checkpoints. */
  readonly checkpoints: { readonly window: number; readonly interval: number } | undefined;
  /** Exclusive; `end` for what comes from now on. */
  readonly after: Position | 'end';
}

/** Follows `$all`: history in pages, then live; back to pages when the client is slower than the writers. Runs until the client is gone. */
export async function followAll(store: Store, delivery: Delivery, wanted: AllSubscription): Promise<never> {
  const last = lastPosition(store.history);
  const follower = new AllFollower(store, delivery, wanted, wanted.after === 'end' ? last : wanted.after);
  if (!isAfter(last, follower.place)) await follower.live();
  for (;;) {
    await follower.catchUp();
    await follower.live();
  }
}

class AllFollower {
  readonly #store: Store;
  readonly #delivery: Delivery;
  readonly #wanted: AllSubscription;
  readonly #cursor: Cursor;
  /** Of the last event or checkpoint that was sent: the client has all up to here. */
  place: Position;
  /** Index of the next event to look at. */
  #next: number;
  #sentCheckpoint: Position = beforeAll;

  constructor(store: Store, delivery: Delivery, wanted: AllSubscription, after: Position) {
    this.#store = store;
    this.#delivery = delivery;
    this.#wanted = wanted;
    this.#cursor = new Cursor(store);
    this.place = after;
    this.#next = store.history.visible;
  }

  /** @throws invalid position */
  async catchUp(): Promise<void> {
    const { history } = this.#store;
    const { window, interval } = this.#wanted.checkpoints ?? { window: pageEvents, interval: Infinity };
    const first = firstAt(history, this.place);
    if (first === undefined) throw invalidPosition();
    this.#next = first;
    let pageStart = later(this.place, at(0));
    for (let counter = 0; ;) {
      let considered = 0;
      for (let found = 0; found < pageEvents && considered < window; considered++) {
        if (this.#next >= history.visible) {
          this.place = later(this.place, pageStart);
          return this.#checkpoint(this.place);
        }
        if (await this.#offer(this.#next++)) found++;
      }
      counter += considered;
      if (counter >= interval) {
        counter %= interval;
        // As the real server does it: not what was looked at, but the last match or where the page began.
        this.place = later(this.place, pageStart);
        await this.#checkpoint(this.place);
      }
      const { end } = this.#cursor.read(this.#next - 1);
      pageStart = { commit: end, prepare: 0 };
    }
  }

  /** Returns when the client has fallen behind. */
  async live(): Promise<void> {
    const { history } = this.#store;
    const interval = this.#wanted.checkpoints?.interval ?? Infinity;
    await this.#delivery.send(caughtUp());
    for (let counter = 0; ;) {
      while (this.#next >= history.visible) await this.#delivery.more();
      if (history.visible - this.#next > liveEvents) return this.#checkpoint(this.place);
      const place = at(history.positions.at(this.#next));
      await this.#offer(this.#next++);
      if (++counter < interval || !isAfter(place, this.#sentCheckpoint)) continue;
      counter = 0;
      this.place = later(this.place, place);
      await this.#checkpoint(this.place);
    }
  }

  /** Sends the event when it is wanted and the client has not had it. Whether it matched the filter. */
  async #offer(index: number): Promise<boolean> {
    if (!this.#wanted.filter(index)) return false;
    const { record, position } = this.#cursor.read(index);
    if (isAfter(at(position), this.place)) {
      await this.#delivery.send(eventMessage(record, position));
      this.place = at(position);
    }
    return true;
  }

  async #checkpoint(place: Position): Promise<void> {
    if (this.#wanted.checkpoints === undefined || !isAfter(place, this.#sentCheckpoint)) return;
    this.#sentCheckpoint = place;
    await this.#delivery.send(checkpoint(place));
  }
}
