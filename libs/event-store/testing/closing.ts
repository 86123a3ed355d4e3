import { expect, it } from '@jest/globals';
import { all, event, events, follow, idsOf, newStream, outcome, upTo, withStore } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

const closed = { kind: 'unavailable', code: 'STORE_CLOSED' };

export function closing(open: OpenUnderTest): void {
  const check = withStore(open);

  it(
    'refuses every call afterwards, and closes twice',
    check(async ({ store }) => {
      const stream = newStream();
      await store.append(stream, 'none', events(3));
      await Promise.all([store.close(), store.close()]);
      await store.close();
      const calls = [
        store.append(stream, 2, [event()]),
        all(store.readStream(stream)),
        all(store.readAll()),
        store.subscribe({})[Symbol.asyncIterator]().next(),
        store.head(),
        store.probe(),
      ];
      expect(await Promise.all(calls.map(outcome))).toEqual(calls.map(() => closed));
    }),
  );

  it(
    'ends idle subscriptions at once, and one that is in the middle of a batch when it asks for more',
    check(async ({ store }) => {
      await store.append(newStream(), 'none', events(1500));
      await store.append(newStream(), 'none', events(1500));
      const idle = follow(store);
      await idle.reaches(await store.head());
      let got = 0;
      const middle = outcome(
        (async () => {
          for await (const item of store.subscribe({})) {
            if (item.kind === 'events') got += item.events.length;
            await store.close();
          }
        })(),
      );
      expect(await middle).toEqual(closed);
      expect(await idle.ended).toEqual(closed);
      expect(got).toBeLessThan(3000);
    }),
  );

  it(
    'leaves no append in doubt: what was promised is there, what was refused is not',
    check(async ({ store, reopen }) => {
      const batches = upTo(40).map(() => [newStream(), events(5)] as const);
      const appends = batches.map(([stream, batch]) => outcome(store.append(stream, 'none', batch)));
      await store.close();
      const results = await Promise.all(appends);
      const again = await reopen();
      for (const [i, [stream, batch]] of batches.entries()) {
        const promised = 'revision' in (results[i] as object);
        if (!promised) expect(results[i]).toEqual(closed);
        expect(idsOf(await all(again.readStream(stream)))).toEqual(promised ? idsOf(batch) : []);
      }
    }),
  );

  it(
    'a read under way ends, whole or with the reason',
    check(async ({ store }) => {
      await store.append(newStream(), 'none', events(1500));
      await store.append(newStream(), 'none', events(1500));
      const reading = outcome(all(store.readAll()).then((read) => read.length));
      await store.close();
      expect([3000, closed]).toContainEqual(await reading);
    }),
  );
}
