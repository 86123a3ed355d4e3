import { assertWanted, checkAppend, checkStream, positionUnknown } from '../checks.js';
import type { EventStore } from '../event-store.js';
import { openAppender } from './appender.js';
import { openClosing } from './closing.js';
import { openConnection } from './connection.js';
import { storeUnavailable } from './errors.js';
import { givenEvents, openFeed, type Source } from './feed.js';
import { followed } from './follower.js';
import { openHeadWatch } from './head-watch.js';
import { openKnownIds } from './known-ids.js';
import { assertPosition, comparePositions, isAfter } from './positions.js';
import { openReader } from './reader.js';
import { subscription } from './subscription.js';
import { openTail } from './tail.js';
import { within } from './timing.js';

export interface EventStoreDbOptions {
  /** `esdb://…` or `esdb+discover://…`, as EventStoreDB documents it. */
  readonly connection: string;
  /** How long one try of a call may go without an answer; default 3,000. */
  readonly tryMs?: number;
  /** How long a call is tried before it is STORE_UNAVAILABLE; default 8,000. */
  readonly callMs?: number;
}

/**
 * Many processes may use one engine. Nothing is reached yet: an engine that is away now is no error, `probe` tells.
 * @throws CONNECTION_STRING (invalid); its message shows nothing of the string
 */
export async function openEventStoreDb({
  connection: connectionString,
  tryMs = 3000,
  callMs = 8000,
}: EventStoreDbOptions): Promise<EventStore> {
  const connection = openConnection(connectionString);
  const limits = { tryMs, callMs };
  const [tail, closing] = [openTail(), openClosing()];
  const reader = openReader({ connection, tail, closing, limits });
  const knownIds = openKnownIds(reader);
  const headWatch = openHeadWatch(reader, closing);
  const parts = { connection, reader, knownIds, tail, headWatch, closing, limits };
  const appender = openAppender(parts);
  const source: Source = {
    closing,
    head: (signal) => reader.head(signal),
    subscribe: (options) => subscription(parts, options),
  };
  const feed = openFeed(source);
  return {
    async append(stream, expected, events) {
      checkAppend(stream, expected, events);
      closing.assertOpen();
      return appender.append({
        stream,
        expected: expected === 'none' ? -1 : expected,
        events: events.map(({ eventId, type, bytes }) => ({ eventId, type, bytes: new Uint8Array(bytes) })),
      });
    },
    async *readStream(stream, options = {}) {
      checkStream(stream);
      closing.assertOpen();
      assertWanted(options.signal);
      // What is there never changes.
      const kept = feed.ofStream(stream, options.from ?? 0, options.limit ?? Infinity);
      if (kept !== undefined && kept.length > 0) return yield kept;
      for await (const events of reader.stream(stream, options)) {
        knownIds.add(
          stream,
          events[0]?.revision ?? 0,
          events.map(({ eventId }) => eventId),
        );
        yield events;
      }
    },
    async *readAll(options = {}) {
      closing.assertOpen();
      const { after, kinds, limit = Infinity, signal, upTo: given } = options;
      for (const position of [after, given]) if (position !== undefined) assertPosition(position);
      const upTo = given ?? (await reader.head(signal));
      if (given === undefined && isAfter(after, upTo)) throw positionUnknown(after, upTo ?? 'none');
      if (upTo === undefined) return;
      // Whether there is anything new is asked often.
      const isFed = feed.holds(after) && (await feed.soonReaches(upTo));
      const fed = isFed ? feed.after(after, kinds) : undefined;
      const isAll = fed !== undefined && (limit <= givenEvents || fed.events.length < givenEvents);
      if (!isAll) return yield* reader.all({ ...options, upTo });
      const events = fed.events.filter(({ position }) => !isAfter(position, upTo)).slice(0, limit);
      if (events.length > 0) yield events;
    },
    subscribe: (options) => followed(source, feed, options),
    async head() {
      closing.assertOpen();
      return reader.head();
    },
    headSeen: tail.head,
    comparePositions,
    async probe() {
      closing.assertOpen();
      await within(reader.head(), 2 * tryMs, () => storeUnavailable(`no answer within ${2 * tryMs} ms`));
    },
    async close() {
      closing.close();
      await appender.settled();
      connection.close();
    },
  };
}
