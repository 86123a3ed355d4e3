import { streamKind, type StreamId } from '#kernel';
import type { Position, StoredEvent, SubscribeOptions, SubscriptionItem } from '../event-store.js';
import type { Closing } from './closing.js';
import { isAfter, laterOf } from './positions.js';
import { leftMs, openAlarm, sleep } from './timing.js';

/** What is kept; whichever comes first. A quarter goes at a time. */
const [keptEvents, keptBytes] = [4096, 4 * 2 ** 20];
/** What a follower is given at a time. */
export const givenEvents = 250;
/** Of events that it does not take a follower hears no more often than this. */
const othersEveryMs = 250;
/** Mostly it is not further behind than this. */
const soonMs = 20;
/** After what ended it, which each follower then finds out for itself. */
const againAfterMs = 1000;

type Kinds = readonly string[] | undefined;

/** The engine, as the feed and who follows it see it. */
export interface Source {
  readonly closing: Closing;
  /** Of the newest event, as the engine says now. */
  head(signal?: AbortSignal): Promise<Position | undefined>;
  subscribe(options: SubscribeOptions): AsyncGenerator<SubscriptionItem, void>;
}

export interface Fed {
  /** Of the kinds that were asked for; not all of them where they are many. */
  readonly events: readonly StoredEvent[];
  /** Up to here there is nothing else. */
  readonly looked: Position | undefined;
  readonly atHead: boolean;
}

/** Everything new, once for all followers of this process: one subscription of the engine, each event decoded once, the newest kept. */
export interface Feed {
  /** It is fed while anybody stays; the returned function ends it. */
  join(): () => void;
  /** Whether all that follows a position comes from here. */
  holds(after: Position | undefined): boolean;
  /** Whether everything up to a position has come. */
  hasReached(position: Position | undefined): boolean;
  /** The same, of what may come in a moment: the engine need not be asked for it. */
  soonReaches(position: Position): Promise<boolean>;
  /** Undefined when what follows is not here: too long ago, or nothing is fed now. */
  after(position: Position | undefined, kinds: Kinds): Fed | undefined;
  /** So many events of a stream from a revision on; undefined where not all of them are kept. */
  ofStream(stream: StreamId, from: number, count: number): readonly StoredEvent[] | undefined;
  /** Calls when there may be something, of other kinds alone a moment later; the returned function ends it. */
  onMove(kinds: Kinds, tell: () => void): () => void;
}

export function openFeed({ closing, head: headOf, subscribe }: Source): Feed {
  const followers = new Map<() => void, Kinds>();
  let members = 0;
  let leaving = new AbortController();
  let events: StoredEvent[] = [];
  let [isOpen, atHead, bytesHeld]: [boolean, boolean, number] = [false, false, 0];
  /** Everything between these two is kept. */
  let [begins, looked]: (Position | undefined)[] = [];
  let grown = new Set<string>();
  let late: NodeJS.Timeout | undefined;

  const tellAll = () => {
    clearTimeout(late);
    late = undefined;
    for (const tell of [...followers.keys()]) tell();
  };
  const tellSome = () => {
    for (const [tell, kinds] of [...followers])
      if (kinds === undefined || kinds.some((kind) => grown.has(kind))) tell();
    late ??= setTimeout(tellAll, othersEveryMs).unref();
  };

  function add(news: readonly StoredEvent[]): void {
    for (const event of news) {
      events.push(Object.freeze(event));
      bytesHeld += event.bytes.length;
      grown.add(streamKind(event.stream));
    }
    looked = news.at(-1)?.position;
    atHead = false;
    while (events.length > keptEvents || (bytesHeld > keptBytes && events.length > 1)) {
      const gone = events.splice(0, Math.ceil(events.length / 4));
      bytesHeld -= gone.reduce((sum, { bytes }) => sum + bytes.length, 0);
      begins = gone.at(-1)?.position;
    }
    tellSome();
  }

  function caughtUp(position: Position | undefined): void {
    looked = laterOf(looked, position);
    atHead = true;
    if (grown.size === 0) return tellAll();
    tellSome();
    grown = new Set();
  }

  async function feed(signal: AbortSignal): Promise<void> {
    const head = await headOf(signal);
    if (signal.aborted) return;
    begins = looked = head;
    [events, bytesHeld, grown, isOpen, atHead] = [[], 0, new Set(), true, false];
    const from = head === undefined ? {} : { after: head };
    for await (const item of subscribe({ ...from, signal })) {
      if (signal.aborted) return;
      if (item.kind === 'events') add(item.events);
      else caughtUp(item.position);
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !closing.isClosed()) {
      // What it fails with each follower meets too, where it concerns it: they go on with subscriptions of their own.
      await feed(signal).catch(() => undefined);
      if (signal.aborted) return;
      isOpen = false;
      tellAll();
      await sleep(againAfterMs);
    }
  }

  const holds = (after: Position | undefined) => isOpen && !isAfter(begins, after);

  /** Index of the first that is kept after a position. */
  function indexAfter(position: Position | undefined): number {
    let [low, high] = [0, events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isAfter(events[middle]?.position, position)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  const hasReached = (position: Position | undefined) => isOpen && !isAfter(position, looked);
  const onMove = (kinds: Kinds, tell: () => void) => {
    followers.set(tell, kinds);
    return () => followers.delete(tell);
  };

  return {
    join() {
      if (members++ === 0) {
        leaving = new AbortController();
        void run(leaving.signal);
      }
      return () => {
        if (--members > 0) return;
        leaving.abort();
        clearTimeout(late);
        [isOpen, late, events, bytesHeld] = [false, undefined, [], 0];
      };
    },
    holds,
    hasReached,
    async soonReaches(position) {
      const alarm = openAlarm();
      const end = onMove(undefined, alarm.ring);
      const until = performance.now() + soonMs;
      while (isOpen && !hasReached(position)) if (await alarm.wait(leftMs(until))) break;
      end();
      return hasReached(position);
    },
    after(position, kinds) {
      if (!holds(position)) return undefined;
      const found: StoredEvent[] = [];
      for (let i = indexAfter(position); i < events.length && found.length < givenEvents; i++) {
        const event = events[i] as StoredEvent;
        if (kinds === undefined || kinds.includes(streamKind(event.stream))) found.push(event);
      }
      const all = laterOf(position, looked);
      return { events: found, looked: all, atHead: atHead && all === looked };
    },
    ofStream(stream, from, count) {
      if (!isOpen || count > givenEvents) return undefined;
      const found: StoredEvent[] = [];
      // What is asked for has mostly come a moment ago.
      for (let i = events.length - 1; i >= 0 && found.length < count; i--) {
        const event = events[i] as StoredEvent;
        if (event.stream !== stream) continue;
        if (event.revision < from) break;
        if (event.revision < from + count) found.unshift(event);
      }
      return found.length === count ? found : undefined;
    },
    onMove,
  };
}
