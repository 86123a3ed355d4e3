import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { maxAppendBytes, roomPerEventBytes, type EventStore, type Position } from '#event-store';
import { openEventStoreDb, type EventStoreDbOptions } from '#event-store/eventstoredb';
import { all, event, events, follow, idsOf, newStream, outcome, sample, upTo } from '#event-store/testing';
import { asNew } from './as-new.js';
import { startFaultyServer, type FaultyServer } from './eventstoredb-server.js';

const corrupt = { kind: 'integrity', code: 'STORE_CORRUPT' };

/** What the engine holds and does, seen by the client itself. */
describe('eventstoredb: in the engine', () => {
  let server: FaultyServer;
  let store: EventStore;
  let client: EventStoreDBClient;
  /** What other tests have left lies before it. */
  let start: Position | undefined;
  let patient: EventStoreDbOptions;
  beforeAll(async () => {
    server = await startFaultyServer();
    patient = { connection: server.url, tryMs: 30_000, callMs: 120_000 };
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    const opened = await openEventStoreDb(patient);
    start = await opened.head();
    store = asNew(opened, start);
    client = EventStoreDBClient.connectionString(server.url);
  });
  afterEach(async () => {
    await store.close();
    await client.dispose();
  });

  /** Until the engine has none left. */
  async function untilNoSubscriptions() {
    while ((await server.tell('state')).subscriptions > 0) await setTimeout(10);
  }

  it.each(['{"a":1.0,"b":1e400}', '{"b": 1, "a": [ ] }\n', '\u{feff}null', '"\\ud800"'])(
    'an event is binary, with our bytes %j as its data and our id as all its metadata',
    async (text) => {
      const [stream, sent] = [newStream(), event(text)];
      await store.append(stream, 'none', [sent]);
      for await (const { event: stored } of client.readStream(stream)) {
        expect(stored).toMatchObject({ type: sent.type, isJson: false, revision: 0n });
        expect(Buffer.from(stored?.data as Uint8Array).toString()).toBe(text);
        expect(stored?.metadata).toEqual({ eventId: sent.eventId });
      }
      expect((await all(store.readStream(stream)))[0]).toMatchObject(sent);
    },
  );

  it('what is in its own streams, and what it notes in ours, is never shown nor counted as the head', async () => {
    const follower = follow(store);
    const [kept, gone] = [newStream(), newStream()];
    await store.append(gone, 'none', events(1));
    const { position } = await store.append(kept, 'none', events(2));
    await client.setStreamMetadata(kept, { maxCount: 1000 });
    await client.appendToStream('$settings', jsonEvent({ type: '$changed', data: {} }));
    await client.tombstoneStream(gone);
    expect(await store.head()).toBe(position);
    expect(await all(store.readAll())).toHaveLength(3);
    expect(await all(store.readAll({ after: position }))).toEqual([]);
    await follower.reaches(position);
    const next = await store.append(kept, 1, events(1));
    await follower.reaches(next.position);
    expect(follower.seen).toHaveLength(4);
    await follower.stop();
  });

  it('a stream that somebody truncated, deleted or buried is damaged, not shorter', async () => {
    const [truncated, buried, deleted] = [newStream(), newStream(), newStream()];
    for (const stream of [truncated, buried, deleted]) await store.append(stream, 'none', events(4));
    await client.setStreamMetadata(truncated, { truncateBefore: 2 });
    await client.tombstoneStream(buried);
    await client.deleteStream(deleted);
    const other = await openEventStoreDb(patient);
    for (const reader of [store, other]) {
      expect(await outcome(all(reader.readStream(truncated)))).toEqual(corrupt);
      expect(await outcome(all(reader.readStream(buried)))).toEqual(corrupt);
      expect(await outcome(reader.append(buried, 3, events(1)))).toEqual(corrupt);
      // To the engine it looks as if it had never been, until somebody appends.
      expect(await outcome(reader.append(deleted, 'none', events(1)))).toEqual(corrupt);
      expect(await outcome(all(reader.readStream(deleted)))).toEqual(corrupt);
    }
    await other.close();
  });

  it('the largest append that the port allows is one that it takes', async () => {
    const stream = newStream();
    const room = maxAppendBytes - 4 * roomPerEventBytes;
    const batch = upTo(4).map(() => event(sample(room / 4), 'A'.repeat(100)));
    expect(await store.append(stream, 'none', batch)).toMatchObject({ revision: 3 });
    expect(idsOf(await all(store.readStream(stream)))).toEqual(idsOf(batch));
  });

  it('a thousand streams, ten readers and twenty subscriptions at once leave nothing behind', async () => {
    const { connections: before } = await server.tell('state');
    const followers = upTo(20).map((i) => follow(store, i % 2 ? { kinds: ['run'] } : {}));
    const streams = upTo(1000).map(() => newStream());
    const [readers] = await Promise.all([
      Promise.all(upTo(10).map(() => all(store.readAll()))),
      ...streams.map((stream) => store.append(stream, 'none', events(2))),
    ]);
    const history = await all(store.readAll());
    expect(history).toHaveLength(2000);
    for (const read of readers) expect(idsOf(read)).toEqual(idsOf(history).slice(0, read.length));
    const found = await Promise.all(streams.map((stream) => all(store.readStream(stream))));
    expect(found.map((list) => list.length)).toEqual(streams.map(() => 2));
    const head = await store.head();
    await Promise.all(followers.map((one) => one.reaches(head)));
    for (const one of followers) expect(idsOf(one.seen)).toEqual(idsOf(history));
    // One, and another where this machine was too slow for an answer in time.
    expect((await server.tell('state')).connections).toBeLessThan(before + 5);
    await Promise.all(followers.slice(0, 10).map((one) => one.stop()));
    await store.close();
    expect((await Promise.all(followers.map((one) => one.ended))).slice(10)).toEqual(
      upTo(10).map(() => ({ kind: 'unavailable', code: 'STORE_CLOSED' })),
    );
    await untilNoSubscriptions();
    while ((await server.tell('state')).connections >= before) await setTimeout(10);
  });

  it('readers that leave in the middle, and slow ones, hold no call of the engine for long', async () => {
    const stream = newStream();
    for (let i = 0; i < 6; i++) await store.append(stream, i === 0 ? 'none' : i * 300 - 1, events(300));
    for (let i = 0; i < 20; i++)
      for await (const item of store.subscribe({})) if (item.kind === 'events') break;
    for (let i = 0; i < 20; i++)
      for await (const batch of store.readStream(stream)) if (batch.length > 0) break;
    await untilNoSubscriptions();
    const hasty = asNew(await openEventStoreDb(server.options), start);
    const seen: string[] = [];
    for await (const item of hasty.subscribe({})) {
      if (item.kind === 'caught-up') break;
      seen.push(...idsOf(item.events));
      // Longer than any limit of a call: a reader's own time is not the engine's.
      if (seen.length === item.events.length) await setTimeout(2 * server.options.tryMs);
    }
    expect(seen).toEqual(idsOf(await all(store.readStream(stream))));
    await hasty.close();
  });

  it('an engine that comes back older than what was delivered is not followed in silence', async () => {
    await store.append(newStream(), 'none', events(3));
    const follower = follow(store);
    await follower.until(() => follower.seen.length === 3);
    await server.kill();
    await rm(join(server.dir, 'data'), { recursive: true });
    await server.restart();
    expect(await follower.ended).toEqual({ kind: 'integrity', code: 'POSITION_UNKNOWN' });
  });

  it('what somebody else has written is not taken for an event of ours', async () => {
    const stream = newStream();
    await store.append(stream, 'none', events(1));
    await client.appendToStream(stream, jsonEvent({ type: 'Happened', data: { a: 1 } }));
    for (const read of [store.readStream(stream), store.readAll()])
      expect(await outcome(all(read))).toEqual(corrupt);
    expect(await follow(store).ended).toEqual(corrupt);
    expect(await follow(store, { kinds: ['run'] }).ended).toEqual(corrupt);
  });
});
