import { DomainError, isDomainError, type Clock, type FaultPoint } from '#kernel';
import type { EventStore, Position, StoredEvent } from '#event-store';
import type { ReadStore } from '#read-store';
import { lagAfter, type Lag } from './lag.js';
import { openParking, type ParkedEvent } from './parking.js';
import { projectedEvent, type EventDecoders, type ProjectedEvent } from './projection.js';
import { asOneWriter } from './writer-lease.js';

/** Something a service does because an event happened. It may see an event again, so what it does must be idempotent. */
export interface Reactor {
  readonly name: string;
  readonly kinds: readonly string[];
  /** Event types it cares about; others only move its position. */
  readonly types?: readonly string[];
  handle(event: ProjectedEvent, signal: AbortSignal): Promise<void>;
  /** Instead of one by one: what came together, in order. What it fails with but is not waited for, `handle` finds out event by event. */
  handleTogether?(events: readonly ProjectedEvent[], signal: AbortSignal): Promise<void>;
  /** Tries before an event is parked; default 8. Errors of kind unavailable, timeout, conflict and exhausted are retried for ever. */
  readonly maxTries?: number;
  /** Streams whose events are handled at the same time, those of one stream in order; default 1: everything in order. */
  readonly atOnce?: number;
  /** Rest after events were handled, in milliseconds, so that what comes meanwhile is handled together; default 0. */
  readonly restMs?: number;
}

export interface RunningReactor {
  readonly name: string;
  /** Events put aside with the reason, because handling them failed again and again. */
  parked(): Promise<readonly ParkedEvent[]>;
  /** Handles the parked events once more; resolves to how many are left. */
  retryParked(): Promise<number>;
  /** What it fails with now, over and over; undefined while all is well. */
  failing(): string | undefined;
  /** True at the head, when this instance is the one that reacts. */
  caughtUp(): boolean;
  /** Undefined where another instance reacts. @throws what the event store throws when it does not answer */
  lag(): Promise<Lag | undefined>;
  close(): Promise<void>;
}

export interface ReactorOptions {
  readonly eventStore: EventStore;
  readonly readStore: ReadStore;
  readonly clock: Clock;
  readonly owner: string;
  readonly decoders?: EventDecoders;
  readonly onError?: (error: unknown, event?: ProjectedEvent) => void;
  /** A read model that it needs is still being built; told once until it has caught up. */
  readonly onWaiting?: () => void;
  /** Where tests kill the process: `handled-<reactor>`, before its position is stored. */
  readonly reach?: FaultPoint;
}

const waitsFor = new Set(['unavailable', 'timeout', 'conflict', 'exhausted']);
const isWaitedFor = (error: unknown): boolean => isDomainError(error) && waitsFor.has(error.kind);
/** Nothing is wrong: a read model that is being built says nothing else to who needs it. */
const isBeingBuilt = (error: unknown): boolean => isDomainError(error) && error.code === 'NOT_CAUGHT_UP';
const longestBackoffMs = 5000;
const followEveryMs = 1000;
/** Handled events after which the position is stored, or else at the end: so many may be handled again after a crash. */
const storeEveryHandled = 32;
/** What is handled together at most, by count and by stored bytes: it is in memory twice. */
const together = { events: 500, bytes: 4 * 2 ** 20 };
/** Uninteresting events that may pass before the position is stored anyway. */
const storeEveryPassed = 1000;

interface Taken {
  readonly events: readonly ProjectedEvent[];
  /** So many beside them are of no interest. */
  readonly passed: number;
  readonly reached: Position;
}

/** Subscribes from the stored position, one writer among all instances; ends with `close`. */
export function startReactor(reactor: Reactor, options: ReactorOptions): RunningReactor {
  const { eventStore, readStore, clock, owner, decoders, reach } = options;
  const key = `reactor:${reactor.name}`;
  const parking = openParking(readStore, reactor.name, clock);
  const ended = new AbortController();
  const types = reactor.types && new Set(reactor.types);
  const { atOnce = 1, restMs = 0 } = reactor;
  let failing: string | undefined;
  let waiting = false;
  let caughtUp = false;
  /** Up to where events are handled, while it is this instance that handles them. */
  let at: { readonly position?: string } | undefined;

  const backoff = (tries: number, signal: AbortSignal) =>
    clock.sleep(Math.min(longestBackoffMs, 20 * 2 ** tries), signal);

  function tell(error: unknown, event?: ProjectedEvent): void {
    if (isBeingBuilt(error)) {
      if (!waiting) options.onWaiting?.();
      waiting = true;
      return;
    }
    failing = describe(error);
    options.onError?.(error, event);
  }

  async function handle(event: ProjectedEvent, signal: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await reactor.handle(event, signal);
        reach?.(`handled-${reactor.name}`);
        failing = undefined;
        return;
      } catch (error) {
        if (signal.aborted) throw error;
        tell(error, event);
        if (!isWaitedFor(error) && tries >= (reactor.maxTries ?? 8)) {
          await parking.add(event, describe(error));
          failing = undefined;
          return;
        }
        await backoff(tries, signal);
      }
    }
  }

  /** All at once, again as long as it only has to be waited for. False when one of them is at fault. */
  async function handledTogether(events: readonly ProjectedEvent[], signal: AbortSignal): Promise<boolean> {
    if (reactor.handleTogether === undefined || events.length < 2) return false;
    for (let tries = 1; ; tries++) {
      try {
        await reactor.handleTogether(events, signal);
        reach?.(`handled-${reactor.name}`);
        failing = undefined;
        return true;
      } catch (error) {
        if (signal.aborted) throw error;
        if (!isWaitedFor(error)) return false;
        tell(error);
        await backoff(tries, signal);
      }
    }
  }

  const isWanted = ({ type }: StoredEvent) => !types || types.has(type);
  const most = reactor.handleTogether
    ? together
    : { events: atOnce === 1 ? 1 : storeEveryHandled, bytes: Infinity };
  /** In turn what is handled between two positions. Before one that this release does not know come those in front of it. */
  function* taken(stored: readonly StoredEvent[]): Generator<Taken> {
    let [events, bytes, passed]: [ProjectedEvent[], number, number] = [[], 0, 0];
    let last: StoredEvent | undefined;
    const soFar = () => (last === undefined ? [] : [{ events, passed, reached: last.position }]);
    for (const one of stored) {
      if (isWanted(one)) {
        try {
          events.push(projectedEvent(one, 0, decoders));
        } catch (error) {
          yield* soFar();
          throw error;
        }
        bytes += one.bytes.length;
      } else passed += 1;
      last = one;
      if (events.length < most.events && bytes < most.bytes) continue;
      yield* soFar();
      [events, bytes, passed, last] = [[], 0, 0, undefined];
    }
    yield* soFar();
  }

  /** When one cannot go on, the others under way are waited for. */
  async function handleAll(events: readonly ProjectedEvent[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (await handledTogether(events, signal)) return;
    const lanes = atOnce === 1 ? [events] : [...Map.groupBy(events, ({ stream }) => stream).values()];
    const next = lanes.values();
    const worker = async () => {
      for (const lane of next) for (const event of lane) await handle(event, signal);
    };
    const workers = await Promise.allSettled(Array.from({ length: Math.min(atOnce, lanes.length) }, worker));
    for (const end of workers) if (end.status === 'rejected') throw end.reason;
  }

  async function work(_lease: unknown, signal: AbortSignal): Promise<void> {
    let stored = await readStore.getSetting(key);
    let reached: Position | undefined;
    let [handled, passed] = [0, 0];
    const store = async () => {
      if (reached === undefined) return;
      if (!(await readStore.setSetting(key, stored, reached))) throw moved(key);
      stored = reached;
      handled = passed = 0;
    };
    const take = async (some: Taken) => {
      await handleAll(some.events, signal);
      handled += some.events.length;
      passed += some.passed;
      at = { position: (reached = some.reached) };
      if (handled >= storeEveryHandled || passed >= storeEveryPassed) await store();
    };
    const after = stored === undefined ? {} : { after: stored as Position };
    at = stored === undefined ? {} : { position: stored };
    try {
      for await (const item of eventStore.subscribe({ ...after, kinds: reactor.kinds, signal })) {
        caughtUp = item.kind === 'caught-up';
        if (caughtUp) {
          failing = undefined;
          waiting = false;
        }
        if (item.kind === 'events') for (const some of taken(item.events)) await take(some);
        if (restMs > 0 && item.kind === 'events' && item.events.some(isWanted))
          await clock.sleep(restMs, signal).catch(() => undefined);
      }
    } finally {
      at = undefined;
      // Whoever goes on from here need not do it again; without it, no more than after a crash.
      if (handled > 0) await store().catch(() => undefined);
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !ended.signal.aborted;) {
      caughtUp = false;
      try {
        const wrote = await asOneWriter(readStore, clock, key, owner, ended.signal, work);
        failures = 0;
        if (wrote) continue;
        // What kept it from going on is another instance's now.
        failing = undefined;
        await clock.sleep(followEveryMs, ended.signal);
      } catch (error) {
        if (ended.signal.aborted) break;
        failing = describe(error);
        options.onError?.(error);
        await backoff(++failures, ended.signal).catch(() => undefined);
      }
    }
  }

  async function retryParked(): Promise<number> {
    for (const { stream, revision, eventId } of await parking.list()) {
      const batches = eventStore.readStream(stream, { from: revision, limit: 1, signal: ended.signal });
      for await (const [stored] of batches) {
        if (stored?.eventId !== eventId) continue;
        const event = projectedEvent(stored, 0, decoders);
        try {
          await reactor.handle(event, ended.signal);
          await parking.remove(eventId);
        } catch (error) {
          if (ended.signal.aborted) throw error;
          options.onError?.(error, event);
        }
      }
    }
    return (await parking.list()).length;
  }

  const running = run();
  return {
    name: reactor.name,
    parked: () => parking.list(),
    retryParked,
    failing: () => failing,
    caughtUp: () => caughtUp,
    lag: async () => at && lagAfter(options, reactor.kinds, at.position),
    async close() {
      ended.abort();
      await running.catch(() => undefined);
    },
  };
}

const describe = (error: unknown): string =>
  isDomainError(error) ? `${error.code}: ${error.message}` : String(error);

const moved = (key: string): DomainError =>
  new DomainError('conflict', 'LEASE_LOST', `${key} was moved by another instance`);
