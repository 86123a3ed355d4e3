import { expect, it } from '@jest/globals';
import { all, checkpointAt, filled, leaseOf, outcome, put, upTo, withStore } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

const closed = { kind: 'unavailable', code: 'STORE_CLOSED' };

export function closing(open: OpenUnderTest): void {
  const check = withStore(open);

  it(
    'answers that it is there while it is open',
    check(async ({ store, reopen }) => {
      expect(await outcome(store.probe())).toBeUndefined();
      const again = await reopen();
      expect(await outcome(again.probe())).toBeUndefined();
    }),
  );

  it(
    'refuses every call afterwards, and closes twice',
    check(async ({ store }) => {
      const name = await filled(store, [{ id: 'a' }]);
      const lease = await leaseOf(store);
      await Promise.all([store.close(), store.close()]);
      await store.close();
      const calls = [
        store.ensureCollection({ name, indexes: [] }),
        store.dropCollection(name),
        store.collections(),
        store.get(name, 'a'),
        store.getMany(name, ['a']),
        store.query(name, { limit: 1 }),
        store.count(name),
        all(store, name),
        store.checkpoint(name),
        store.commit(name, lease, checkpointAt(1), checkpointAt(2), []),
        store.getSetting('k'),
        store.setSetting('k', undefined, 'v'),
        store.acquireLease('a', 'me', 1),
        store.releaseLease(lease),
        store.probe(),
      ];
      expect(await Promise.all(calls.map(outcome))).toEqual(calls.map(() => closed));
    }),
  );

  it(
    'leaves no commit in doubt: documents and checkpoint are those of the last one that was promised',
    check(async ({ store, reopen }) => {
      const name = await filled(store, []);
      const lease = await leaseOf(store);
      const commits = upTo(20).map((i) =>
        outcome(
          store
            .commit(name, lease, checkpointAt(i + 1), checkpointAt(i + 2), [
              put({ id: 'a', i }),
              put({ id: 'b', i }),
            ])
            .then(() => i + 2),
        ),
      );
      await store.close();
      const promised = (await Promise.all(commits)).filter((result) => typeof result === 'number');
      const again = await reopen();
      const last = Math.max(1, ...promised);
      expect(await again.checkpoint(name)).toEqual(checkpointAt(last));
      expect((await all(again, name)).map(({ i }) => i)).toEqual(last === 1 ? [] : [last - 2, last - 2]);
    }),
  );
}
