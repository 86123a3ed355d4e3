import {
  binaryEvent,
  EventStoreDBClient,
  excludeSystemEvents,
  NO_STREAM,
  START,
} from '@eventstore/db-client';
import type { EventStore } from '#event-store';
import { openEventStoreDb } from '#event-store/eventstoredb';
import { sharedServer } from '../../support/servers/index.js';
import type { Program, Readings } from '../harness/figure.js';
import { pace } from '../support/callers.js';
import { sampleEvents, sampleStream } from '../support/event-samples.js';
import { sharedEngines } from '../support/engines.js';

const callers = 16;
const batch = 100;

type Append = (count: number) => Promise<unknown>;
/** @returns events a second */
type Read = () => Promise<number>;

async function readings(forMs: number, append: Append, read: Read, subscribe: Read): Promise<Readings> {
  const one = await pace(forMs, callers, () => append(1));
  const many = await pace(forMs, callers / 4, () => append(batch));
  return {
    'distributed-event-store.append-1': one.perSecond,
    'distributed-event-store.append-100': many.perSecond * batch,
    'distributed-event-store.read': await read(),
    'distributed-event-store.subscribe': await subscribe(),
  };
}

const rateOf = async (count: () => Promise<number>): Promise<number> => {
  const startedAt = performance.now();
  return ((await count()) * 1000) / (performance.now() - startedAt);
};

/** So many events and no more, however many are appended by turns: both sides read the same. */
async function firstOf(events: AsyncIterable<unknown>, limit: number): Promise<number> {
  let seen = 0;
  for await (const _ of events) if (++seen >= limit) break;
  return seen;
}

async function* eachOf(eventStore: EventStore, signal: AbortSignal): AsyncIterable<unknown> {
  for await (const item of eventStore.subscribe({ signal })) if (item.kind === 'events') yield* item.events;
}

async function* flat<T>(batches: AsyncIterable<readonly T[]>): AsyncIterable<T> {
  for await (const events of batches) yield* events;
}

/** The adapter and the bare client on one server, with the same events in the same batches. */
export const distributedEventStore: Program = async (full) => {
  const [forMs, count] = full ? [3000, 50_000] : [700, 8000];
  await sharedEngines(['eventstoredb']);
  const url = sharedServer('eventstoredb');
  const eventStore = await openEventStoreDb({ connection: url });
  const client = EventStoreDBClient.connectionString(url as never);
  for (let left = count; left > 0; left -= batch)
    await eventStore.append(sampleStream(), 'none', sampleEvents(batch));

  async function ours(): Promise<Readings> {
    const ended = new AbortController();
    const append: Append = (n) => eventStore.append(sampleStream(), 'none', sampleEvents(n));
    const read: Read = () => rateOf(() => firstOf(flat(eventStore.readAll({ limit: count })), count));
    const subscribe: Read = () => rateOf(() => firstOf(eachOf(eventStore, ended.signal), count));
    const measured = await readings(forMs, append, read, subscribe);
    ended.abort();
    return measured;
  }

  function bare(): Promise<Readings> {
    const append: Append = (n) => {
      const events = sampleEvents(n).map(({ eventId, type, bytes }) =>
        binaryEvent({ id: eventId, type, data: bytes }),
      );
      return client.appendToStream(sampleStream(), events, { expectedRevision: NO_STREAM });
    };
    const filter = excludeSystemEvents();
    const read: Read = () =>
      rateOf(() => firstOf(client.readAll({ fromPosition: START, maxCount: count }), count));
    const subscribe: Read = async () => {
      const subscription = client.subscribeToAll({ fromPosition: START, filter });
      const seen = Promise.withResolvers<void>();
      let left = count;
      const rate = rateOf(async () => {
        subscription.on('error', seen.reject).on('data', () => {
          if (--left === 0) seen.resolve();
        });
        await seen.promise;
        return count;
      });
      return rate.finally(() => subscription.unsubscribe());
    };
    return readings(forMs, append, read, subscribe);
  }

  for (const side of [ours, bare]) await side();
  return {
    ours,
    bare,
    async close() {
      await eventStore.close();
      // It waits for its stream of appends, which only the end of the server ends.
      client.dispose().catch(() => undefined);
    },
  };
};
