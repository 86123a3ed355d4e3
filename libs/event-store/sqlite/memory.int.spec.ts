import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventStore, StoredEvent } from '../event-store.js';
import { all, event, events, follow, idsOf, newStream, outcome, upTo } from '../testing/samples.js';
import { openSqliteEventStore } from './index.js';

let dir: string;
let path: string;
let store: EventStore;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-events-'));
  path = join(dir, 'events.sqlite');
  store = await openSqliteEventStore({ path });
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

describe('event store in memory and file', () => {
  it('gives everybody the same object of what is recent, as the file has it', async () => {
    const followers = [follow(store), follow(store)];
    const stream = newStream();
    const sent = events(3);
    const { position } = await store.append(stream, 'none', sent);
    await Promise.all(followers.map((one) => one.reaches(position)));
    const [one, two] = followers.map(({ seen }) => seen);
    const read = await all(store.readStream(stream));
    for (const [i, event] of read.entries())
      expect([one?.[i], two?.[i]].every((seen) => seen === event)).toBe(true);
    await Promise.all(followers.map((follower) => follower.stop()));
    await store.close();
    store = await openSqliteEventStore({ path });
    const kept = await all(store.readAll());
    expect(kept).toEqual(read);
    expect(kept[0]).not.toBe(read[0]);
  });

  it('knows the end of a stream that it has read or written, and what comes after it when it comes', async () => {
    const [old, absent] = [newStream(), newStream()];
    await store.append(old, 'none', events(3));
    await store.close();
    store = await openSqliteEventStore({ path });
    for (const [stream, first] of [
      [old, 3],
      [absent, 0],
    ] as const) {
      expect(await all(store.readStream(stream))).toHaveLength(first);
      expect(await all(store.readStream(stream, { from: first }))).toEqual([]);
      const sent = events(2);
      await store.append(stream, first === 0 ? 'none' : first - 1, sent);
      expect(idsOf(await all(store.readStream(stream, { from: first })))).toEqual(idsOf(sent));
      expect(await all(store.readStream(stream))).toHaveLength(first + 2);
    }
  });

  it('goes from the file to memory in one read, without a gap', async () => {
    const stream = newStream();
    for (let n = 0; n < 12; n++) await store.append(stream, n === 0 ? 'none' : n * 500 - 1, events(500));
    for (const read of [store.readAll(), store.readStream(stream)])
      expect((await all(read)).map(({ revision }) => revision)).toEqual(
        Array.from({ length: 6000 }, (_, i) => i),
      );
    const seen: StoredEvent[] = [];
    for await (const item of store.subscribe({ kinds: ['run'] })) {
      if (item.kind === 'caught-up') break;
      seen.push(...item.events);
    }
    expect(idsOf(seen)).toEqual(idsOf(await all(store.readAll())));
  });

  it('has of bytes of any kind in the file what it had in memory, however they are asked for', async () => {
    const odd = [[], [0], upTo(256), [0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80], [...Buffer.from(' a \n ')]];
    const streams = [newStream('run'), newStream('sweep'), newStream('run')];
    for (const [i, stream] of streams.entries())
      await store.append(
        stream,
        'none',
        odd.map((bytes) => event(Uint8Array.from(bytes), `Type${i}`)),
      );
    const read = () =>
      Promise.all([
        all(store.readAll()),
        all(store.readAll({ kinds: ['run', 'sweep'] })),
        all(store.readAll({ kinds: ['run'], limit: 7 })),
        ...streams.map((stream) => all(store.readStream(stream))),
      ]);
    const inMemory = await read();
    expect(inMemory[0]).toHaveLength(15);
    await store.close();
    store = await openSqliteEventStore({ path });
    expect(await read()).toEqual(inMemory);
  });

  it('refuses a row that refers to what is not there', async () => {
    await store.append(newStream(), 'none', events(1));
    await store.close();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA foreign_keys = OFF; DELETE FROM streams');
    database.close();
    store = await openSqliteEventStore({ path });
    expect(await outcome(all(store.readAll()))).toEqual({ kind: 'integrity', code: 'STORE_CORRUPT' });
  });
});
