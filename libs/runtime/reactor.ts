import { isDomainError, type Clock, type Json } from '#kernel';
import type { EventStore, Position } from '#event-store';
import type { ReadStore } from '#read-store';
import { projectedEvent, type ProjectedEvent } from './projection.js';
import { asOneWriter } from './writer-lease.js';

/** Something a service does because an event happened. It may see an event again, so what it does must be idempotent. */
export interface Reactor {
  readonly name: string;
  readonly kinds: readonly string[];
  /** Event types it cares about; others only move its position. */
  readonly types?: readonly string[];
  handle(event: ProjectedEvent, signal: AbortSignal): Promise<void>;
  /** Tries before an event is parked; default 8. Errors of kind unavailable, timeout and conflict are retried for ever. */
  readonly maxTries?: number;
}

export interface RunningReactor {
  readonly name: string;
  /** Events put aside with the reason, because handling them failed again and again. */
  readonly parked: () => number;
  readonly failing: () => string | undefined;
  /** Resolves when every event up to `position` was handled or parked. */
  caughtUp(): boolean;
  close(): Promise<void>;
}

export interface ReactorOptions {
  readonly eventStore: EventStore;
  readonly readStore: ReadStore;
  readonly clock: Clock;
  readonly owner: string;
  readonly onError?: (error: unknown, event?: ProjectedEvent) => void;
}

const waitsFor = new Set(['unavailable', 'timeout', 'conflict', 'exhausted']);
const longestBackoffMs = 5000;
const followEveryMs = 1000;
/** How many uninteresting events may pass before the position is stored anyway. */
const storeEvery = 1000;

/** Subscribes from the stored position, one writer among all instances; ends with `close`. */
export function startReactor(reactor: Reactor, options: ReactorOptions): RunningReactor {
  const { eventStore, readStore, clock, owner } = options;
  const key = `reactor:${reactor.name}`;
  const ended = new AbortController();
  const types = reactor.types && new Set(reactor.types);
  let parked = 0;
  let failing: string | undefined;
  let caughtUp = false;

  const backoff = (tries: number, signal: AbortSignal) =>
    clock.sleep(Math.min(longestBackoffMs, 20 * 2 ** tries), signal);

  async function handle(event: ProjectedEvent, signal: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await reactor.handle(event, signal);
        failing = undefined;
        return;
      } catch (error) {
        if (signal.aborted) throw error;
        failing = isDomainError(error) ? error.code : String(error);
        options.onError?.(error, event);
        const patient = isDomainError(error) && waitsFor.has(error.kind);
        if (!patient && tries >= (reactor.maxTries ?? 8)) return park(event, failing);
        await backoff(tries, signal);
      }
    }
  }

  async function park(event: ProjectedEvent, reason: string): Promise<void> {
    parked++;
    failing = undefined;
    const record: Json = { stream: event.stream, revision: event.revision, type: event.type, reason };
    await readStore.setSetting(`parked:${reactor.name}:${event.eventId}`, undefined, JSON.stringify(record));
  }

  async function work(_lease: unknown, signal: AbortSignal): Promise<void> {
    let stored = await readStore.getSetting(key);
    let unstored = 0;
    const store = async (position: Position) => {
      if (!(await readStore.setSetting(key, stored, position)))
        throw new Error(`${key} was moved by another instance`);
      stored = position;
      unstored = 0;
    };
    const after = stored === undefined ? {} : { after: stored as Position };
    for await (const item of eventStore.subscribe({ ...after, kinds: reactor.kinds, signal })) {
      if (item.kind === 'caught-up') {
        caughtUp = true;
        continue;
      }
      caughtUp = false;
      for (const event of item.events) {
        const wanted = !types || types.has(event.type);
        if (wanted) await handle(projectedEvent(event, 0), signal);
        if (wanted || ++unstored >= storeEvery) await store(event.position);
      }
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !ended.signal.aborted;) {
      try {
        const wrote = await asOneWriter(readStore, clock, key, owner, ended.signal, work);
        failures = 0;
        if (!wrote) await clock.sleep(followEveryMs, ended.signal);
      } catch (error) {
        if (ended.signal.aborted) break;
        failing = isDomainError(error) ? error.code : String(error);
        options.onError?.(error);
        await backoff(++failures, ended.signal).catch(() => undefined);
      }
    }
  }

  const running = run();
  return {
    name: reactor.name,
    parked: () => parked,
    failing: () => failing,
    caughtUp: () => caughtUp,
    async close() {
      ended.abort();
      await running.catch(() => undefined);
    },
  };
}
