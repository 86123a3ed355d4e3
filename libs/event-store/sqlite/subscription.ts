import type { SubscribeOptions, SubscriptionItem } from '../event-store.js';
import type { ReadChunks } from './chunks.js';
import { firstAfter, position } from './positions.js';
import type { Tail } from './tail.js';

/**
 * History and then live by the same reads, one chunk at a time and only when it is asked for: a slow consumer costs
 * one chunk, and between two chunks it waits for the writer's word, not for a timer.
 */
export async function* subscription(
  read: ReadChunks,
  tail: Tail,
  { after, kinds, signal }: SubscribeOptions,
): AsyncGenerator<SubscriptionItem, void> {
  tail.assertOpen();
  let from = firstAfter(after, tail.head());
  let told = -1;
  const follower = tail.follow(kinds, signal);
  try {
    while (!signal?.aborted) {
      const upTo = Math.max(tail.head(), from - 1);
      if (from <= upTo && tail.mayHold(kinds, from)) {
        const call = { from, upTo, limit: Infinity, ...(kinds ? { kinds } : {}) };
        for await (const events of read(call)) {
          if (signal?.aborted) return;
          yield { kind: 'events', events };
          if (signal?.aborted) return;
          tail.assertOpen();
        }
      }
      from = upTo + 1;
      if (tail.head() > upTo) continue;
      if (told !== upTo) yield { kind: 'caught-up', position: upTo === 0 ? undefined : position(upTo) };
      told = upTo;
      await follower.moved(upTo);
    }
  } finally {
    follower.leave();
  }
}
