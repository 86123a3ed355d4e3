import { positionUnknown } from '../checks.js';
import type { Position, StoredEvent, SubscribeOptions, SubscriptionItem } from '../event-store.js';
import { eventsHere } from './batches.js';
import type { Closing } from './closing.js';
import type { Connection } from './connection.js';
import { isAway, storeUnavailable } from './errors.js';
import type { HeadWatch } from './head-watch.js';
import { assertPosition, isAfter, laterOf } from './positions.js';
import { pull, type Pull } from './pull.js';
import { subscriptionRequest, type ReadResp } from './read-messages.js';
import type { Limits, Reader } from './reader.js';
import type { Tail } from './tail.js';
import { leftMs, openAlarm } from './timing.js';

export interface SubscriptionParts {
  readonly connection: Connection;
  readonly reader: Reader;
  readonly tail: Tail;
  readonly headWatch: HeadWatch;
  readonly closing: Closing;
  readonly limits: Limits;
}

/** So long nothing comes although the head has moved, before the engine is asked whether there is anything. */
const quietMs = 100;
/** So long what is there does not come, before the subscription is taken for dead. */
const deadMs = 2000;
const [firstPauseMs, longestPauseMs] = [50, 2000];

/**
 * History and then live, pushed by the engine and pulled from here. The engine's subscriptions end, fail and fall silent: each of them is
 * followed by another one from the last position delivered, and what comes twice is dropped. That it is at the head the engine says once
 * at most, and never how far a filter has looked; so that is found out by a read of what lies between.
 */
export async function* subscription(
  { connection, reader, tail, headWatch, closing, limits }: SubscriptionParts,
  { after, kinds, signal }: SubscribeOptions,
): AsyncGenerator<SubscriptionItem, void> {
  closing.assertOpen();
  if (after !== undefined) assertPosition(after);
  let delivered = after;
  /** Everything up to here has been delivered or is not of these kinds. */
  let looked = after;
  let told: Position | 'nothing' | undefined = 'nothing';
  /** The head when the engine was asked last, before it was subscribed to. */
  let begun: Position | undefined;
  let failures = 0;
  const alarm = openAlarm();
  const leave = [headWatch.join(kinds !== undefined), tail.onMove(alarm.ring), closing.onClose(alarm.ring)];
  signal?.addEventListener('abort', alarm.ring);
  const isOver = (): boolean => {
    closing.assertOpen();
    return signal?.aborted === true;
  };

  /** Also of an engine that comes back: it may have been restored from an older copy. */
  async function assertKnown(): Promise<void> {
    begun = await reader.head(signal);
    if (isAfter(looked, begun)) throw positionUnknown(looked, begun ?? 'none');
  }

  /** Whether everything up to the head has been looked at; if so `looked` is there. */
  async function isAtHead(): Promise<boolean> {
    const head = tail.head();
    if (isAfter(head, looked)) {
      if (await reader.holdsMore(looked, kinds, signal)) return false;
      looked = head;
    }
    return true;
  }

  function* fresh(events: readonly StoredEvent[]): Generator<SubscriptionItem> {
    const wanted = events.filter(({ position }) => isAfter(position, delivered));
    if (wanted.length === 0) return;
    failures = 0;
    delivered = wanted.at(-1)?.position;
    looked = laterOf(looked, delivered);
    tail.saw(delivered);
    yield { kind: 'events', events: wanted };
  }

  async function pause(ms: number): Promise<void> {
    for (const until = performance.now() + ms; leftMs(until) > 0 && !isOver();)
      await alarm.wait(leftMs(until));
  }

  /** One subscription of the engine, until it fails. @throws STORE_UNAVAILABLE */
  async function* once(call: Pull): AsyncGenerator<SubscriptionItem, void> {
    let ask = false;
    /** Moments since when; undefined while it is not so. */
    let [quiet, missing]: (number | undefined)[] = [];
    const notice = (message: ReadResp) => {
      if (message.hasCaughtUp()) ask = true;
    };
    while (!isOver()) {
      const events = await eventsHere(call, notice);
      if (isOver()) return;
      if (events.length > 0) {
        yield* fresh(events);
        quiet = missing = undefined;
        continue;
      }
      if (call.over()) throw storeUnavailable('it ended a subscription');
      const behind = isAfter(tail.head(), looked);
      quiet = behind ? (quiet ?? performance.now()) : undefined;
      let found = false;
      if (quiet !== undefined && (ask || leftMs(quiet + quietMs) === 0)) {
        ask = false;
        quiet = undefined;
        found = await isAtHead();
        missing = found ? undefined : (missing ?? performance.now());
        if (missing !== undefined && leftMs(missing + deadMs) === 0)
          throw storeUnavailable('a subscription has fallen silent');
        if (missing !== undefined) continue;
      }
      // The first time where the head was at the beginning, and later where a read has found it: where much is appended, nobody
      // is ever seen at the very end.
      const reached = !behind || found || (told === 'nothing' && !isAfter(begun, looked));
      if (reached && told !== looked) {
        told = looked;
        yield { kind: 'caught-up', position: looked };
        continue;
      }
      ask &&= behind;
      await alarm.wait(quiet === undefined ? undefined : leftMs(quiet + quietMs));
    }
  }

  try {
    while (!isOver()) {
      try {
        await assertKnown();
        const channel = await connection.channel(limits.tryMs);
        if (isOver()) return;
        const call = pull(channel, subscriptionRequest(looked, kinds), alarm);
        try {
          yield* once(call);
        } catch (error) {
          if (isAway(error)) channel.giveUp(error);
          throw error;
        } finally {
          call.end();
        }
      } catch (error) {
        if (isOver()) return;
        if (!isAway(error)) throw error;
        await pause(Math.min(longestPauseMs, firstPauseMs * 2 ** failures++));
      }
    }
  } finally {
    signal?.removeEventListener('abort', alarm.ring);
    for (const end of leave) end();
  }
}
