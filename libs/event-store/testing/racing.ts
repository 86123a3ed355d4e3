import { setImmediate } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import type { StreamId } from '#kernel';
import type { EventStore, EventToAppend, ExpectedRevision, StoredEvent } from '../event-store.js';
import { all, event, events, follow, idsOf, newStream, outcome, textOf, upTo, withStore } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

const wrongRevision = { kind: 'conflict', code: 'WRONG_REVISION' };

/** Appends one event at what it believes is the end, and looks again when it is wrong. */
async function press(store: EventStore, stream: StreamId, sent: EventToAppend): Promise<void> {
  for (let expected: ExpectedRevision = 'none'; ;) {
    const result = await outcome(store.append(stream, expected, [sent]));
    if ((result as { revision?: number }).revision !== undefined) return;
    expect(result).toEqual(wrongRevision);
    const last: StoredEvent | undefined = (await all(store.readStream(stream))).at(-1);
    expected = last?.revision ?? 'none';
  }
}

export function racing(open: OpenUnderTest): void {
  const check = withStore(open);

  it.each(['none', 2] as const)('lets one of twenty at revision %s win, whole', (expected) =>
    check(async ({ store, connect }) => {
      const [stream, clients] = [newStream(), [store, await connect()] as const];
      if (expected !== 'none') await store.append(stream, 'none', events(expected + 1));
      const batches = upTo(20).map(() => events(3));
      const results = await Promise.all(
        batches.map((batch, i) => outcome(clients[i % 2]!.append(stream, expected, batch))),
      );
      const won = results.flatMap((result, i) => ('revision' in (result as object) ? [i] : []));
      expect(won).toHaveLength(1);
      const lost = results.filter((_, i) => i !== won[0]);
      expect(lost).toEqual(lost.map(() => wrongRevision));
      const read = (await all(store.readStream(stream))).slice(expected === 'none' ? 0 : expected + 1);
      expect(idsOf(read)).toEqual(idsOf(batches[won[0]!]!));
    })(),
  );

  it(
    'keeps one of two with the same ids and other bytes, and tells the other',
    check(async ({ store, connect }) => {
      const clients = [store, await connect()];
      for (let i = 0; i < 20; i++) {
        const [stream, batch] = [newStream(), events(2)];
        const results = await Promise.all(
          clients.map((client, n) =>
            outcome(
              client.append(stream, 'none', [batch[0]!, { ...batch[1]!, bytes: event(`by ${n}`).bytes }]),
            ),
          ),
        );
        const won = results.findIndex((result) => 'revision' in (result as object));
        expect(results[1 - won]).toEqual({ kind: 'already-exists', code: 'EVENT_ID_REUSED' });
        const read = await all(store.readStream(stream));
        expect([idsOf(read), textOf(read[1]!)]).toEqual([idsOf(batch), `by ${won}`]);
      }
    }),
  );

  it(
    'loses nobody’s event where ten press into one stream',
    check(async ({ store, connect }) => {
      const [stream, clients] = [newStream(), [store, await connect()] as const];
      const sent = upTo(40).map((i) => event(String(i)));
      await Promise.all(
        upTo(10).map(async (worker) => {
          for (let i = worker; i < sent.length; i += 10) await press(clients[i % 2]!, stream, sent[i]!);
        }),
      );
      const read = await all(store.readStream(stream));
      expect(idsOf(read).sort()).toEqual(idsOf(sent).sort());
      expect(read.map(({ revision }) => revision)).toEqual(upTo(40));
    }),
  );

  it(
    'keeps one order for everybody while 64 streams race, with no gap that fills in later',
    check(async ({ store, connect }) => {
      const other = await connect();
      const followers = [follow(store), follow(other)];
      const streams = upTo(64).map((i) => newStream(i % 2 === 0 ? 'run' : 'sweep'));
      const looks: string[][] = [];
      let writing = true;
      const looking = (async () => {
        for (; writing; await setImmediate()) looks.push(idsOf(await all(other.readAll())));
      })();
      const appends = streams.map(async (stream, i) => {
        const client = i % 2 === 0 ? store : other;
        for (let n = 0; n < 12; n++) await client.append(stream, n === 0 ? 'none' : n * 2 - 1, events(2));
      });
      await Promise.all(appends).finally(() => (writing = false));
      await looking;
      const read = await all(store.readAll());
      const order = idsOf(read);
      expect(new Set(order).size).toBe(64 * 24);
      expect(looks.length).toBeGreaterThan(0);
      for (const look of looks) expect(look).toEqual(order.slice(0, look.length));
      for (const one of followers) {
        await one.until(() => one.seen.length >= order.length);
        expect(idsOf(one.seen)).toEqual(order);
        expect(await one.stop()).toBe('ended');
      }
      for (const stream of streams) {
        const own = read.filter((stored) => stored.stream === stream);
        expect(own.map(({ revision }) => revision)).toEqual(upTo(24));
      }
    }),
  );
}
