import { expect, it } from '@jest/globals';
import type { Lease, ReadStore } from '../read-store.js';
import { leaseOf, upTo, withStore } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

/** Asks until the present holder's time is over. */
async function takeOver(store: ReadStore, name: string, owner: string): Promise<Lease> {
  for (;;) {
    const lease = await store.acquireLease(name, owner, 60_000);
    if (lease) return lease;
  }
}

export function leasing(open: OpenUnderTest): void {
  const check = withStore(open);

  it(
    'are held by one owner, who may ask again and keeps the token',
    check(async ({ store, connect }) => {
      const [lease, other] = [await leaseOf(store, 'a', 'me'), await connect()];
      expect(lease.name).toBe('a');
      expect(await leaseOf(store, 'a', 'me')).toEqual(lease);
      expect(await other.acquireLease('a', 'you', 60_000)).toBeUndefined();
      expect(await leaseOf(other, 'b', 'you')).toMatchObject({ name: 'b' });
    }),
  );

  it(
    'are free when they are given back; the token grows with the owner',
    check(async ({ store }) => {
      const mine = await leaseOf(store, 'a', 'me');
      await store.releaseLease(mine);
      const yours = await leaseOf(store, 'a', 'you');
      expect(yours.token).toBeGreaterThan(mine.token);
      await store.releaseLease(mine);
      expect(await store.acquireLease('a', 'me', 60_000)).toBeUndefined();
      await store.releaseLease(yours);
      await store.releaseLease(yours);
      expect((await leaseOf(store, 'a', 'me')).token).toBeGreaterThan(yours.token);
    }),
  );

  it(
    'run out, and not before the last renewal does',
    check(async ({ store, connect }) => {
      const mine = await store.acquireLease('a', 'me', 1);
      const yours = await takeOver(await connect(), 'a', 'you');
      expect(yours.token).toBeGreaterThan(mine!.token);
      await store.acquireLease('b', 'me', 1);
      await leaseOf(store, 'b', 'me');
      const later = await store.acquireLease('c', 'me', 1);
      await takeOver(store, 'c', 'you');
      expect(await store.acquireLease('b', 'you', 1)).toBeUndefined();
      expect(await store.acquireLease('c', 'me', 1)).toBeUndefined();
      expect(later?.token).toBeGreaterThan(0);
    }),
  );

  it(
    'go by no wall clock: one that jumps by an hour neither ends nor keeps them',
    check(async ({ store, connect }) => {
      const [other, now] = [await connect(), Date.now.bind(Date)];
      await store.acquireLease('held', 'me', 60_000);
      expect(await other.acquireLease('held', 'you', 60_000)).toBeUndefined();
      try {
        for (const jump of [3_600_000, -3_600_000]) {
          Date.now = () => now() + jump;
          expect(await other.acquireLease('held', 'you', 60_000)).toBeUndefined();
          const short = await store.acquireLease(`short ${jump}`, 'me', 1);
          const taken = await takeOver(other, `short ${jump}`, 'you');
          expect(taken.token).toBeGreaterThan(short!.token);
        }
      } finally {
        Date.now = now;
      }
    }),
  );

  it(
    'go to one of twenty who ask together',
    check(async ({ store, connect }) => {
      const clients = [store, await connect()] as const;
      const asked = await Promise.all(
        upTo(20).map((i) => clients[i % 2]!.acquireLease('a', `owner ${i}`, 60_000)),
      );
      expect(asked.filter((lease) => lease !== undefined)).toHaveLength(1);
    }),
  );

  it(
    'are renewed together, each or not: what another has taken meanwhile is not',
    check(async ({ store, connect }) => {
      const names = upTo(5).map((i) => `lease ${i}`);
      const mine = await Promise.all(names.map((name) => store.acquireLease(name, 'me', 1)));
      const yours = await takeOver(await connect(), names[2]!, 'you');
      const renewed = () => Promise.all(names.map((name) => store.acquireLease(name, 'me', 60_000)));
      const held = mine.map((lease, i) => (i === 2 ? undefined : lease));
      expect([await renewed(), await renewed()]).toEqual([held, held]);
      expect(yours.token).toBeGreaterThan(mine[2]!.token);
    }),
  );

  it(
    'keep their tokens growing when the store is opened anew',
    check(async ({ store, reopen }) => {
      const mine = await leaseOf(store, 'a', 'me');
      await store.releaseLease(mine);
      const again = await reopen();
      expect((await leaseOf(again, 'a', 'you')).token).toBeGreaterThan(mine.token);
    }),
  );
}
