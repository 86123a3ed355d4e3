import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import { all, event, events, follow, idsOf, newStream, sample, upTo, withStore } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

const mebibyte = 2 ** 20;

export function subscribing(open: OpenUnderTest): void {
  const check = withStore(open);

  it(
    'history, then live, each event once, and says each time that it has caught up',
    check(async ({ store, connect }) => {
      const empty = follow(store);
      await empty.reaches(undefined);
      await store.append(newStream(), 'none', events(700));
      const [early, late] = [follow(await connect()), follow(store)];
      await Promise.all([early.reaches(await store.head()), late.reaches(await store.head())]);
      for (let i = 0; i < 20; i++) {
        const { position } = await store.append(newStream(), 'none', events(3));
        await Promise.all([empty, early, late].map((one) => one.reaches(position)));
      }
      const order = idsOf(await all(store.readAll()));
      for (const one of [empty, early, late]) {
        expect(idsOf(one.seen)).toEqual(order);
        expect(await one.stop()).toBe('ended');
      }
      expect(empty.caughtUp[0]).toBeUndefined();
      expect(late.caughtUp).toHaveLength(new Set(late.caughtUp).size);
    }),
  );

  it(
    'only the kinds asked for, and how far it has looked all the same',
    check(async ({ store }) => {
      await store.append(newStream('run'), 'none', events(3));
      const follower = follow(store, { kinds: ['sweep', 'rollout'] });
      await follower.reaches(await store.head());
      const sent = events(2);
      await store.append(newStream('sweep'), 'none', sent);
      const { position } = await store.append(newStream('run'), 'none', events(5));
      await follower.reaches(position);
      expect(idsOf(follower.seen)).toEqual(idsOf(sent));
      await follower.stop();
      const after = follow(store, { kinds: ['sweep', 'rollout'], after: position });
      await after.reaches(position);
      expect(after.seen).toEqual([]);
      await after.stop();
    }),
  );

  it(
    'hears what other clients append, and how far they are although its filter drops it',
    check(async ({ store, connect }) => {
      const [other, sent] = [await connect(), events(3)];
      const [everything, sweeps] = [follow(store), follow(store, { kinds: ['sweep'] })];
      for (const one of sent) {
        const { position } = await other.append(newStream('run'), 'none', [one]);
        await Promise.all([everything.reaches(position), sweeps.reaches(position)]);
      }
      expect([idsOf(everything.seen), sweeps.seen]).toEqual([idsOf(sent), []]);
      await Promise.all([everything.stop(), sweeps.stop()]);
    }),
  );

  it(
    'catches up although others never stop appending, also where its filter drops what they append',
    check(async ({ store, connect }) => {
      const other = await connect();
      await store.append(newStream('sweep'), 'none', events(3));
      let writing = true;
      const writers = [store, store, other].map(async (client) => {
        for (const stream = newStream(), at = { next: 0 }; writing; at.next++)
          await client.append(stream, at.next === 0 ? 'none' : at.next - 1, events(1));
      });
      const followers = [
        follow(store),
        follow(store, { kinds: ['sweep'] }),
        follow(other, { kinds: ['run'] }),
      ];
      await Promise.all(followers.map((one) => one.until(() => one.caughtUp.length >= 3)));
      writing = false;
      await Promise.all(writers);
      const history = await all(store.readAll());
      await Promise.all(followers.map((one) => one.reaches(history.at(-1)?.position)));
      for (const [i, kinds] of [['run', 'sweep'], ['sweep'], ['run']].entries())
        expect(idsOf(followers[i]!.seen)).toEqual(
          idsOf(history.filter(({ stream }) => kinds.includes(stream.split('-')[0]!))),
        );
      await Promise.all(followers.map((one) => one.stop()));
    }),
  );

  it(
    'a slow one holds nobody up and holds nothing that it has not asked for',
    check(async ({ store }) => {
      setFlagsFromString('--expose-gc');
      const collectGarbage = runInNewContext('gc') as () => void;
      for (let i = 0; i < 28; i++) await store.append(newStream(), 'none', [event(sample(900_000))]);
      const quick = follow(store, { after: (await store.head())! });
      collectGarbage();
      const before = process.memoryUsage().arrayBuffers;
      const slow = store.subscribe({})[Symbol.asyncIterator]();
      const got: string[] = [];
      const take = async () => {
        const { value } = await slow.next();
        if (value?.kind === 'events') got.push(...idsOf(value.events));
        return value;
      };
      await take();
      const { position } = await store.append(newStream(), 'none', events(100));
      await quick.reaches(position);
      const held = () => {
        collectGarbage();
        return process.memoryUsage().arrayBuffers - before;
      };
      // What the connection has passed on is let go of a moment later.
      for (let tries = 0; tries < 2000 && held() >= 20 * mebibyte; tries++) await systemClock.sleep(50);
      expect(held()).toBeLessThan(20 * mebibyte);
      for (let item = await take(); item?.kind !== 'caught-up' || item.position !== position;)
        item = await take();
      expect(got).toEqual(idsOf(await all(store.readAll())));
      await slow.return?.();
      await quick.stop();
    }),
  );

  it(
    'ends without an error when it is aborted: idle, with a batch in hand, before it begins',
    check(async ({ store }) => {
      await store.append(newStream(), 'none', events(3));
      const idle = follow(store);
      await idle.reaches(await store.head());
      expect(await idle.stop()).toBe('ended');
      const stop = new AbortController();
      const items: unknown[] = [];
      for await (const item of store.subscribe({ signal: stop.signal })) {
        items.push(item);
        stop.abort();
      }
      expect(items).toHaveLength(1);
      expect(await Array.fromAsync(store.subscribe({ signal: AbortSignal.abort() }))).toEqual([]);
    }),
  );

  it(
    'wakes twenty idle ones at once, and forgets those that have gone',
    check(async ({ store }) => {
      const followers = upTo(20).map(() => follow(store));
      await Promise.all(followers.map((one) => one.reaches(undefined)));
      const leaving = followers.splice(0, 10);
      expect(await Promise.all(leaving.map((one) => one.stop()))).toEqual(leaving.map(() => 'ended'));
      const { position } = await store.append(newStream(), 'none', events(2));
      await Promise.all(followers.map((one) => one.reaches(position)));
      expect(leaving.map((one) => one.seen.length)).toEqual(leaving.map(() => 0));
      await Promise.all(followers.map((one) => one.stop()));
    }),
  );
}
