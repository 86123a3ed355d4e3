import type { Position, SubscribeOptions, SubscriptionItem } from '../event-store.js';
import type { Feed, Source } from './feed.js';
import { assertPosition } from './positions.js';
import { openAlarm } from './timing.js';

/**
 * History by a subscription of its own, filtered by the engine; then what the feed of this process has. Who is too slow for what that keeps
 * begins again with one of its own.
 */
export async function* followed(
  { closing, subscribe }: Pick<Source, 'closing' | 'subscribe'>,
  feed: Feed,
  { after, kinds, signal }: SubscribeOptions,
): AsyncGenerator<SubscriptionItem, void> {
  closing.assertOpen();
  if (after !== undefined) assertPosition(after);
  let at = after;
  let told: Position | 'nothing' | undefined = 'nothing';
  const filter = { ...(kinds ? { kinds } : {}), ...(signal ? { signal } : {}) };

  function seen(item: SubscriptionItem): SubscriptionItem {
    if (item.kind === 'events') at = item.events.at(-1)?.position;
    else at = told = item.position;
    return item;
  }

  async function* byItself(): AsyncGenerator<SubscriptionItem, void> {
    for await (const item of subscribe({ ...(at === undefined ? {} : { after: at }), ...filter })) {
      yield seen(item);
      if (item.kind === 'caught-up' && feed.holds(at)) return;
    }
  }

  async function* byFeed(): AsyncGenerator<SubscriptionItem, void> {
    const alarm = openAlarm();
    const ends = [feed.onMove(kinds, alarm.ring), closing.onClose(alarm.ring)];
    signal?.addEventListener('abort', alarm.ring);
    try {
      while (signal?.aborted !== true) {
        closing.assertOpen();
        const fed = feed.after(at, kinds);
        if (fed === undefined) return;
        if (fed.events.length > 0) {
          yield seen({ kind: 'events', events: fed.events });
          continue;
        }
        at = fed.looked;
        if (fed.atHead && told !== at) yield seen({ kind: 'caught-up', position: at });
        else await alarm.wait();
      }
    } finally {
      signal?.removeEventListener('abort', alarm.ring);
      for (const end of ends) end();
    }
  }

  const leave = feed.join();
  try {
    while (signal?.aborted !== true) {
      // One that this engine has not reached is for the engine to tell.
      if (!feed.holds(at) || !feed.hasReached(at)) yield* byItself();
      yield* byFeed();
    }
  } finally {
    leave();
  }
}
