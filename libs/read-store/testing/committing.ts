import { setImmediate } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { all, byId, checkpointAt, filled, idsOf, leaseOf, outcome, put, upTo, withStore } from './samples.js';
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
    'refuses one that does not lead on',
    check(async ({ store }) => {
      const name = await filled(store, [{ id: 'a' }]);
      const lease = await leaseOf(store);
      for (const events of [1, 0, -1, 1.5, NaN]) {
        const next = { position: 'p2', events };
        const call = store.commit(name, lease, checkpointAt(1), next, [{ delete: 'a' }]);
        expect(await outcome(call)).toEqual({ kind: 'invalid', code: 'CHECKPOINT_ORDER' });
      }
      expect([idsOf(await all(store, name)), await store.checkpoint(name)]).toEqual([['a'], checkpointAt(1)]);
    }),
  );

  it(
    'removes, makes again and removes, whoever does it',
    check(async ({ store, connect, reopen }) => {
      const [name, clients] = [await filled(store, [], ['n']), [store, await connect()] as const];
      const lease = await leaseOf(store);
      for (let n = 1; n <= 10; n++) {
        const writes = n % 3 === 0 ? [{ delete: 'a' }] : [put({ id: 'a', n }), { delete: `${n - 1}` }];
        await clients[n % 2]!.commit(name, lease, checkpointAt(n), checkpointAt(n + 1), [
          ...writes,
          put({ id: `${n}`, n }),
        ]);
        for (const client of clients) {
          expect((await client.get(name, 'a'))?.['n']).toBe(n % 3 === 0 ? undefined : n);
          expect(await client.count(name, [{ field: 'n', is: n }])).toBe(n % 3 === 0 ? 1 : 2);
        }
      }
      expect(idsOf(await all(await reopen(), name))).toEqual(['10', '2', '5', '8', 'a']);
    }),
  );

  it(
    'is whole, however large: beyond what an engine takes as one document',
    check(async ({ store, connect }) => {
      const [name, other] = [await filled(store, []), await connect()];
      const text = 'x'.repeat(3 * 2 ** 20);
      const large = (n: number) => upTo(6).map((i) => put({ id: `${i}`, n, text }));
      for (const n of [1, 2])
        await store.commit(name, await leaseOf(store), checkpointAt(n), checkpointAt(n + 1), large(n));
      expect((await other.getMany(name, upTo(6).map(String))).map(({ n }) => n)).toEqual(
        upTo(6).map(() => 2),
      );
      expect(await other.get(name, '5')).toEqual({ id: '5', n: 2, text });
    }),
  );

  it(
    'refuses another checkpoint than the stored one, whole',
    check(async ({ store }) => {
      const name = await filled(store, [{ id: 'a' }]);
      const lease = await leaseOf(store);
      for (const expected of [undefined, checkpointAt(0), checkpointAt(2), { position: 'p1', events: 7 }]) {
        const call = store.commit(name, lease, expected, checkpointAt(9), [
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
    'is done or refused for itself where several collections are committed to at once',
    check(async ({ store, connect }) => {
      const other = await connect();
      const names = upTo(6).map((i) => `things@${i}.1`);
      for (const name of names) await filled(store, [{ id: 'a', n: 0 }], ['n'], name);
      const lease = await leaseOf(store);
      for (const n of [1, 2]) {
        const results = await Promise.all(
          names.map((name, i) => {
            const expected = checkpointAt(i % 3 === n ? 7 : n);
            return outcome(store.commit(name, lease, expected, checkpointAt(8 + n), [put({ id: 'a', n })]));
          }),
        );
        expect(results).toEqual(names.map((_, i) => (i % 3 === n || n === 2 ? stale : undefined)));
      }
      for (const [i, name] of names.entries())
        expect([await all(other, name), await other.checkpoint(name)]).toEqual(
          i % 3 === 1 ? [[{ id: 'a', n: 0 }], checkpointAt(1)] : [[{ id: 'a', n: 1 }], checkpointAt(9)],
        );
    }),
  );

  it(
    'leaves what twenty small ones wrote, whoever looks and when',
    check(async ({ store, connect, reopen }) => {
      const [name, other] = [await filled(store, [], ['n']), await connect()];
      const lease = await leaseOf(store);
      const after = new Map<string, number>();
      for (const n of upTo(20)) {
        const [id, gone] = [`${n % 7}`, `${(n + 3) % 7}`];
        const writes = n % 4 === 3 ? [] : [put({ id, n }), { delete: gone }];
        if (n % 4 !== 3) after.set(id, n).delete(gone);
        await store.commit(name, lease, checkpointAt(n + 1), checkpointAt(n + 2), writes);
        if (n % 5 === 0)
          expect(
            idsOf(await other.query(name, { sort: { field: 'n', direction: 'asc' }, limit: 9 })),
          ).toEqual([...after].sort(([, a], [, b]) => a - b).map(([key]) => key));
      }
      const left = [...after].sort().map(([id, n]) => ({ id, n }));
      for (const client of [store, other]) expect(byId(await all(client, name))).toEqual(left);
      expect(byId(await all(await reopen(), name))).toEqual(left);
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
      const round = (n: number) => [
        ...upTo(299).map((i) => put({ id: `${i}`, n, odd: n % 2 })),
        { delete: `moving ${n - 1}` },
        put({ id: `moving ${n}`, n, odd: n % 2 }),
      ];
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
      const counting = (async () => {
        for (; writing; await setImmediate()) {
          looks.push([await other.count(name), true]);
          const odd = await other.count(name, [{ field: 'odd', is: 1 }]);
          looks.push([300, odd === 0 || odd === 300]);
          const many = await other.getMany(name, ['0', '150', '298']);
          looks.push([300, new Set(many.map(({ n }) => n)).size === 1]);
        }
      })();
      const commits = (async () => {
        for (let n = 1; n <= 15; n++)
          await store.commit(name, lease, checkpointAt(n + 1), checkpointAt(n + 2), round(n));
      })();
      await commits.finally(() => (writing = false));
      await Promise.all([looking, counting]);
      expect(looks.length).toBeGreaterThan(0);
      expect(looks).toEqual(looks.map(() => [300, true]));
    }),
  );
}
