import type { AppendResult, StoredEvent } from '../event-store.js';
import { eventIdReused, wrongRevision } from '../checks.js';
import { openAppendLane, type AppendLane } from './append-lane.js';
import type { AppendAnswer, AppendCall } from './append-messages.js';
import type { Closing } from './closing.js';
import type { Connection } from './connection.js';
import { deletedStream, isAway, storeCorrupt, storeUnavailable } from './errors.js';
import type { KnownIds } from './known-ids.js';
import { isAfter } from './positions.js';
import type { Limits, Reader } from './reader.js';
import type { Tail } from './tail.js';
import { leftMs, sleep, within } from './timing.js';

export interface Appender {
  /** Input has been checked. @throws WRONG_REVISION, EVENT_ID_REUSED, STORE_UNAVAILABLE, STORE_CORRUPT */
  append(call: AppendCall): Promise<AppendResult>;
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>;
}

export interface AppenderParts {
  readonly connection: Connection;
  readonly reader: Reader;
  readonly knownIds: KnownIds;
  readonly tail: Tail;
  readonly closing: Closing;
  readonly limits: Limits;
}

const firstPauseMs = 25;
const longestPauseMs = 500;

export function openAppender(parts: AppenderParts): Appender {
  const { connection, reader, knownIds, tail, closing } = parts;
  const { tryMs, callMs } = parts.limits;
  const underWay = new Set<Promise<unknown>>();
  let lane: AppendLane | undefined;

  async function tryOnce(call: AppendCall, limitMs: number): Promise<AppendAnswer> {
    const channel = await connection.channel(limitMs);
    if (lane?.isOpen() !== true) {
      lane?.retire();
      lane = openAppendLane(channel);
    }
    try {
      return await lane.send(call, limitMs);
    } catch (error) {
      channel.giveUp(error);
      throw error;
    }
  }

  /** The same ids at the same revision, until there is an answer: the engine carries it out once. */
  async function answered(call: AppendCall): Promise<AppendAnswer> {
    const until = performance.now() + callMs;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      try {
        const answer = await tryOnce(call, Math.min(tryMs, leftMs(until)));
        if (answer.kind === 'failed') throw failed(call, answer);
        // Perhaps a repeat, of which the engine need not know where it was written.
        const isFirst = pauseMs === firstPauseMs;
        return answer.kind === 'wrong-revision' || isFirst ? answer : { ...answer, position: undefined };
      } catch (error) {
        if (!isAway(error) || closing.isClosed() || leftMs(until) <= pauseMs) throw error;
        await sleep(pauseMs);
      }
    }
  }

  /** What there is where this append wanted to go, when the engine has said that its revision is not the right one. */
  async function compared(call: AppendCall, actual: number): Promise<AppendResult> {
    const { stream, expected, events } = call;
    const known = await knownIds.upTo(stream, actual);
    const places = events.map(({ eventId }) => known.get(eventId));
    if (places.every((place) => place === undefined)) throw wrongRevision(stream, expected, actual);
    const stored = await read(call);
    for (const [i, event] of events.entries()) {
      const [place, there] = [places[i], stored[i]];
      if (place !== undefined && !(place === expected + 1 + i && there && same(event, there)))
        throw eventIdReused(event.eventId);
    }
    const last = stored.at(-1);
    if (last === undefined || places.includes(undefined)) throw wrongRevision(stream, expected, actual);
    return { revision: last.revision, position: last.position };
  }

  const read = async ({ stream, expected, events }: AppendCall): Promise<readonly StoredEvent[]> =>
    (await Array.fromAsync(reader.stream(stream, { from: expected + 1, limit: events.length }))).flat();

  async function append(call: AppendCall): Promise<AppendResult> {
    const { stream, expected, events } = call;
    if (expected >= 0) {
      const known = await knownIds.upTo(stream, expected);
      for (const { eventId } of events)
        if ((known.get(eventId) ?? Infinity) <= expected) throw eventIdReused(eventId);
    }
    const before = tail.head();
    const answer = await answered(call).catch((error: unknown) => readBack(call, error));
    if (answer.kind === 'wrong-revision') return compared(call, answer.actual);
    if (answer.kind === 'failed') throw failed(call, answer);
    const { revision, position } = answer;
    if (revision !== expected + events.length) throw deletedStream(stream);
    knownIds.add(
      stream,
      expected + 1,
      events.map(({ eventId }) => eventId),
    );
    if (position === undefined || !isAfter(position, before)) {
      const last = (await read(call)).at(-1);
      if (last?.revision !== revision) throw deletedStream(stream);
      return { revision, position: last.position };
    }
    tail.saw(position);
    return { revision, position };
  }

  /** In doubt: an engine that does not answer to appends may still say what there is. */
  async function readBack(call: AppendCall, error: unknown): Promise<AppendAnswer> {
    if (!isAway(error) || closing.isClosed()) throw error;
    const stored = await within(read(call), 2 * tryMs, () => error as Error).catch(() => []);
    const last = stored.at(-1);
    if (last === undefined || !call.events.every((event, i) => stored[i] && same(event, stored[i])))
      throw error;
    return { kind: 'appended', revision: last.revision, position: last.position };
  }

  return {
    append(call) {
      const appending = append(call);
      underWay.add(appending);
      const over = () => underWay.delete(appending);
      appending.then(over, over);
      return appending;
    },
    async settled() {
      await Promise.allSettled(underWay);
      lane?.retire();
    },
  };
}

const same = (
  { eventId, type, bytes }: Omit<StoredEvent, 'stream' | 'revision' | 'position'>,
  there: StoredEvent,
): boolean => eventId === there.eventId && type === there.type && Buffer.compare(bytes, there.bytes) === 0;

function failed(
  { stream }: AppendCall,
  { type, message }: AppendAnswer & { readonly kind: 'failed' },
): Error {
  switch (type.split('.').at(-1)) {
    case 'StreamDeleted':
      return deletedStream(stream);
    case 'MaximumAppendSizeExceeded':
      return storeCorrupt(
        'EventStoreDB takes smaller appends than Holdfast makes; set its MaxAppendSize to 1048576 or more',
      );
    default:
      // Timeout, AccessDenied, Unknown: its own words for “not now”.
      return storeUnavailable(`${type || 'it'} says: ${message}`);
  }
}
