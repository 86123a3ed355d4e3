import type { StreamId } from '#kernel';
import { assertWanted, checkStream } from '../checks.js';
import type { Position, ReadAllOptions, StoredEvent } from '../event-store.js';
import { eventsHere } from './batches.js';
import type { Closing } from './closing.js';
import type { Connection } from './connection.js';
import { deletedStream, isAway, storeCorrupt, storeUnavailable } from './errors.js';
import { isAfter } from './positions.js';
import { pull } from './pull.js';
import { allRequest, newestRequest, streamRequest, type ReadReq } from './read-messages.js';
import type { Tail } from './tail.js';
import { leftMs, openAlarm, sleep } from './timing.js';

export interface Limits {
  /** How long one try of a call may go without an answer. */
  readonly tryMs: number;
  /** How long a call is tried. */
  readonly callMs: number;
}

type Batches = AsyncGenerator<readonly StoredEvent[], void>;

export interface Reader {
  stream(
    stream: StreamId,
    options?: { readonly from?: number; readonly limit?: number; readonly signal?: AbortSignal },
  ): Batches;
  /** `upTo` inclusive. */
  all(options: ReadAllOptions & { readonly upTo: Position }): Batches;
  /** Of the newest event, as the engine says now. @throws STORE_UNAVAILABLE */
  head(signal?: AbortSignal): Promise<Position | undefined>;
  /** Whether there is any event of these kinds after a position. */
  holdsMore(
    after: Position | undefined,
    kinds: readonly string[] | undefined,
    signal?: AbortSignal,
  ): Promise<boolean>;
}

const firstPauseMs = 25;

export interface ReaderParts {
  readonly connection: Connection;
  readonly tail: Tail;
  readonly closing: Closing;
  readonly limits: Limits;
}

export function openReader({ connection, tail, closing, limits: { tryMs, callMs } }: ReaderParts): Reader {
  /** One call from beginning to end. The time that its reader takes does not count. @throws STORE_CLOSED, CANCELLED */
  async function* once(request: ReadReq, signal: AbortSignal | undefined): Batches {
    const channel = await connection.channel(tryMs);
    assertGoing(signal);
    const alarm = openAlarm();
    const call = pull(channel, request, alarm);
    const leave = closing.onClose(alarm.ring);
    signal?.addEventListener('abort', alarm.ring);
    let quietUntil = performance.now() + tryMs;
    try {
      for (;;) {
        const events = await eventsHere(call);
        assertGoing(signal);
        if (events.length > 0) {
          yield events;
          assertGoing(signal);
          quietUntil = performance.now() + tryMs;
        } else if (call.over()) return;
        else if (await alarm.wait(leftMs(quietUntil))) throw storeUnavailable(`no answer within ${tryMs} ms`);
      }
    } catch (error) {
      if (isAway(error)) channel.giveUp(error);
      throw error;
    } finally {
      leave();
      signal?.removeEventListener('abort', alarm.ring);
      call.end();
    }
  }

  /** Goes on from what was delivered last when the connection is lost; `request` is asked for what is left. */
  async function* tried(request: () => ReadReq, signal: AbortSignal | undefined): Batches {
    let until = performance.now() + callMs;
    for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
      assertGoing(signal);
      try {
        for await (const events of once(request(), signal)) {
          yield events;
          until = performance.now() + callMs;
          pauseMs = firstPauseMs;
        }
        return;
      } catch (error) {
        if (!isAway(error) || leftMs(until) <= pauseMs) throw error;
        await sleep(pauseMs);
      }
    }
  }

  function assertGoing(signal: AbortSignal | undefined): void {
    closing.assertOpen();
    assertWanted(signal);
  }

  async function* stream(
    name: StreamId,
    { from = 0, limit = Infinity, signal }: Parameters<Reader['stream']>[1] = {},
  ): Batches {
    checkStream(name);
    assertGoing(signal);
    let [next, left] = [from, limit];
    if (left <= 0) return;
    for await (const events of tried(() => streamRequest(name, next, left), signal)) {
      for (const { revision, stream: of } of events) {
        if (of !== name) throw storeCorrupt(`${name} was asked for and EventStoreDB gave ${of}`);
        if (revision !== next++) throw deletedStream(name);
      }
      left -= events.length;
      tail.saw(events.at(-1)?.position);
      yield events;
      if (left <= 0) return;
    }
  }

  async function* all({
    after,
    upTo,
    kinds,
    limit = Infinity,
    signal,
  }: Parameters<Reader['all']>[0]): Batches {
    let [last, left] = [after, limit];
    if (left <= 0 || !isAfter(upTo, last)) return;
    // One more, since the event at `last` comes along if it is of these kinds.
    for await (const events of tried(() => allRequest(last, kinds, left + 1), signal)) {
      const wanted = events
        .filter(({ position }) => isAfter(position, last) && !isAfter(position, upTo))
        .slice(0, left);
      left -= wanted.length;
      last = wanted.at(-1)?.position ?? last;
      tail.saw(events.at(-1)?.position);
      if (wanted.length > 0) yield wanted;
      if (left <= 0 || isAfter(events.at(-1)?.position, upTo)) return;
    }
  }

  const first = async (request: ReadReq, signal: AbortSignal | undefined) => {
    for await (const [event] of tried(() => request, signal)) return event;
    return undefined;
  };

  let asking: Promise<Position | undefined> | undefined;
  async function newest(): Promise<Position | undefined> {
    const event = await first(newestRequest(), undefined);
    tail.saw(event?.position);
    return event?.position;
  }

  return {
    stream,
    all,
    async head(signal) {
      assertGoing(signal);
      // Nothing has been asked yet, so the answer is of now for everybody who comes until it is.
      asking ??= Promise.resolve().then(() => {
        asking = undefined;
        return newest();
      });
      return orAbandoned(asking, signal);
    },
    async holdsMore(after, kinds, signal) {
      for await (const events of tried(() => allRequest(after, kinds, 2), signal))
        if (events.some(({ position }) => isAfter(position, after))) return true;
      return false;
    },
  };
}

/** @throws CANCELLED when the signal aborts before */
function orAbandoned<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abandon = () => {
      try {
        assertWanted(signal);
      } catch (error) {
        reject(error);
      }
    };
    signal.addEventListener('abort', abandon, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abandon));
  });
}
