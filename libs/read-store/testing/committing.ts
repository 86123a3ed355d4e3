import { setImmediate } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { all, checkpointAt, filled, idsOf, leaseOf, outcome, put, upTo, withStore } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

const stale = { kind: 'conflict', code: 'STALE_CHECKPOINT' };
const lost = { kind: 'conflict', code: 'LEASE_LOST' };

export function committing(open: OpenUnderTest): void {
  const check = withStore(open);

  it(
    'brings writes and checkpoint together, in order, the last write of an id deciding',
    check(async ({ store, reopen }) => {
      const name = await filled(store, [
        { id: 'a', n: 1 },
        { id: 'b', n: 1 },
        { id: 'c', n: 1 },
      ]);
      await store.commit(name, await leaseOf(store), checkpointAt(1), checkpointAt(9), [
        put({ id: 'a', other: 2 }),
        { delete: 'b' },
        { delete: 'absent' },
        put({ id: 'd', n: 1 }),
        put({ id: 'd', n: 2 }),
        { delete: 'c' },
        put({ id: 'c', n: 3 }),
        put({ id: 'e' }),
        { delete: 'e' },
      ]);
      const after = [
        { id: 'a', other: 2 },
        { id: 'c', n: 3 },
        { id: 'd', n: 2 },
      ];
      expect(await all(store, name)).toEqual(after);
      expect(await store.checkpoint(name)).toEqual(checkpointAt(9));
      const again = await reopen();
      expect([await all(again, name), await again.checkpoint(name)]).toEqual([after, checkpointAt(9)]);
    }),
  );

  it(
    'moves the checkpoint with nothing to write',
    check(async ({ store }) => {
      const name = await filled(store, [{ id: 'a' }]);
      await store.commit(name, await leaseOf(store), checkpointAt(1), checkpointAt(500), []);
      expect([await store.checkpoint(name), await store.count(name)]).toEqual([checkpointAt(500), 1]);
    }),
  );

  it(
    'refuses another checkpoint than the stored one, whole',
    check(async ({ store }) => {
      const name = await filled(store, [{ id: 'a' }]);
      const lease = await leaseOf(store);
      for (const expected of [undefined, checkpointAt(0), checkpointAt(2), { position: 'p1', events: 7 }]) {
        const call = store.commit(name, lease, expected, checkpointAt(3), [
          put({ id: 'b' }),
          { delete: 'a' },
        ]);
        expect(await outcome(call)).toEqual(stale);
      }
      expect(idsOf(await all(store, name))).toEqual(['a']);
      expect(await store.checkpoint(name)).toEqual(checkpointAt(1));
    }),
  );

  it(
    'lets one of twenty writers at the same checkpoint win, whole',
    check(async ({ store, connect }) => {
      const [name, clients] = [await filled(store, []), [store, await connect()] as const];
      const lease = await leaseOf(store);
      const writes = (i: number) => upTo(5).map((n) => put({ id: `${n}`, by: i }));
      const results = await Promise.all(
        upTo(20).map((i) =>
          outcome(clients[i % 2]!.commit(name, lease, checkpointAt(1), checkpointAt(10 + i), writes(i))),
        ),
      );
      const won = results.flatMap((result, i) => (result === undefined ? [i] : []));
      expect(won).toHaveLength(1);
      expect(results.filter((_, i) => i !== won[0])).toEqual(upTo(19).map(() => stale));
      expect((await all(store, name)).map(({ by }) => by)).toEqual(upTo(5).map(() => won[0]));
      expect(await store.checkpoint(name)).toEqual(checkpointAt(10 + won[0]!));
    }),
  );

  it(
    'refuses the holder of an older lease, of a lease nobody took, of one that was made up',
    check(async ({ store, connect }) => {
      const name = await filled(store, []);
      const old = await leaseOf(store, 'projection', 'old');
      await store.releaseLease(old);
      const other = await connect();
      const fresh = await leaseOf(other, 'projection', 'new');
      const made = { name: 'projection', token: fresh.token + 1 };
      for (const lease of [old, made, { name: 'never taken', token: 1 }]) {
        const call = store.commit(name, lease, checkpointAt(1), checkpointAt(2), [put({ id: 'late' })]);
        expect(await outcome(call)).toEqual(lost);
      }
      expect([await store.count(name), await store.checkpoint(name)]).toEqual([0, checkpointAt(1)]);
      await other.commit(name, fresh, checkpointAt(1), checkpointAt(2), [put({ id: 'mine' })]);
      expect(idsOf(await all(store, name))).toEqual(['mine']);
    }),
  );

  it(
    'shows nobody half of a batch',
    check(async ({ store, connect }) => {
      const round = (n: number) => upTo(300).map((i) => put({ id: `${i}`, n }));
      const [name, other] = [await filled(store, [], ['n']), await connect()];
      const lease = await leaseOf(store);
      await store.commit(name, lease, checkpointAt(1), checkpointAt(2), round(0));
      let writing = true;
      const looks: unknown[][] = [];
      const looking = (async () => {
        for (; writing; await setImmediate()) {
          const seen = await other.query(name, { sort: { field: 'n', direction: 'asc' }, limit: 1000 });
          looks.push([seen.length, seen[0]?.['n'] === seen.at(-1)?.['n']]);
        }
      })();
      const commits = (async () => {
        for (let n = 1; n <= 30; n++)
          await store.commit(name, lease, checkpointAt(n + 1), checkpointAt(n + 2), round(n));
      })();
      await commits.finally(() => (writing = false));
      await looking;
      expect(looks.length).toBeGreaterThan(0);
      expect(looks).toEqual(looks.map(() => [300, true]));
    }),
  );
}
