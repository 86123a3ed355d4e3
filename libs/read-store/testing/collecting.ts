import { expect, it } from '@jest/globals';
import type { Condition, ReadStore } from '../read-store.js';
import { all, checkpointAt, filled, idsOf, leaseOf, outcome, put, upTo, withStore } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

const badNames = [
  '',
  'A',
  'a b',
  'a"b',
  "a'b",
  'a;drop table b',
  '../a',
  'ä',
  '-a',
  '$a',
  'a\0',
  'a'.repeat(200),
];
const goodNames = ['a', 'runs@3.1', 'a-b_c.d@10.20', '0', 'select', 'system.users', 'x'.repeat(100)];
const badPaths = ['', '.', 'a.', '.a', 'a b', 'a"b', "a'", 'a]', '$', 'a..b', '1); DROP TABLE x', 'a\0'];

export function collecting(open: OpenUnderTest): void {
  const check = withStore(open);

  it(
    'are made once, whoever asks how often, and gain indexes',
    check(async ({ store, connect, reopen }) => {
      const other = await connect();
      const name = await filled(store, [{ id: 'a', n: 1 }], ['n']);
      await Promise.all([
        store.ensureCollection({ name, indexes: ['n'] }),
        other.ensureCollection({ name, indexes: ['n', 'deep.er', 'k-y_0'] }),
      ]);
      expect(await other.get(name, 'a')).toEqual({ id: 'a', n: 1 });
      expect(await store.collections()).toEqual([name]);
      expect(await (await reopen()).collections()).toEqual([name]);
    }),
  );

  it(
    'gain indexes that hold what was there before, and all that comes and goes afterwards',
    check(async ({ store, reopen }) => {
      const name = await filled(store, [
        { id: 'a', of: 'x', m: { auc: 0.5, 'a.b': 1, list: [1] } },
        { id: 'b', of: 'x', m: { auc: 0.7, flag: true } },
        { id: 'c', of: 'y', m: { auc: 0.6 } },
        { id: 'd', of: 'x', m: [3] },
        { id: 'e', of: 'x', m: { auc: 0.1 } },
      ]);
      await store.ensureCollection({ name, indexes: [['of', 'm.*'], ['m.*'], ['of', 'm.auc']] });
      await store.commit(name, await leaseOf(store), checkpointAt(1), checkpointAt(2), [
        put({ id: 'b', of: 'x', m: { auc: 0.2 } }),
        put({ id: 'f', of: 'x', m: { auc: 0.9, loss: 0.4 } }),
        { delete: 'e' },
      ]);
      const best = async (from: ReadStore, field: string, ...where: Condition[]) => {
        const has = { field, from: -1 };
        const sort = { field, direction: 'desc' } as const;
        return idsOf(await from.query(name, { where: [...where, has], sort, limit: 10 }));
      };
      const look = async (from: ReadStore) => {
        expect(await best(from, 'm.auc', { field: 'of', is: 'x' })).toEqual(['f', 'a', 'b']);
        expect(await best(from, 'm.auc')).toEqual(['f', 'c', 'a', 'b']);
        expect(await best(from, 'm.loss')).toEqual(['f']);
        for (const field of ['m.flag', 'm.a.b', 'm.0']) expect(await best(from, field)).toEqual([]);
      };
      await look(store);
      await look(await reopen());
    }),
  );

  it(
    'do not mix, whatever their names have in common, and go alone',
    check(async ({ store }) => {
      for (const name of goodNames) await filled(store, [{ id: name }], [], name);
      expect((await store.collections()).toSorted()).toEqual(goodNames.toSorted());
      for (const name of goodNames) expect(idsOf(await all(store, name))).toEqual([name]);
      await store.dropCollection('a');
      await store.dropCollection('a');
      expect(await store.collections()).toHaveLength(goodNames.length - 1);
      expect(await store.checkpoint('a')).toBeUndefined();
      expect(await store.checkpoint('select')).toEqual(checkpointAt(1));
    }),
  );

  it(
    'made again after they were dropped are empty and begin at no checkpoint',
    check(async ({ store }) => {
      const name = await filled(store, [{ id: 'old', n: 1 }], ['n']);
      await store.dropCollection(name);
      await store.ensureCollection({ name, indexes: ['n'] });
      expect([await store.count(name), await store.checkpoint(name)]).toEqual([0, undefined]);
      const lease = await leaseOf(store);
      await store.commit(name, lease, undefined, checkpointAt(1), [put({ id: 'new', n: 1 })]);
      const where = [{ field: 'n', is: 1 }];
      expect(idsOf(await store.query(name, { where, limit: 10 }))).toEqual(['new']);
    }),
  );

  it(
    'are dropped by the newest holder of a lease only, when it is one that drops them',
    check(async ({ store, connect }) => {
      const name = await filled(store, [{ id: 'a' }]);
      const [other, old] = [await connect(), await leaseOf(store, 'rebuilding', 'old')];
      await store.releaseLease(old);
      const fresh = await leaseOf(other, 'rebuilding', 'new');
      const lost = { kind: 'conflict', code: 'LEASE_LOST' };
      for (const lease of [old, { name: 'never taken', token: 1 }])
        expect(await outcome(store.dropCollection(name, lease))).toEqual(lost);
      expect(idsOf(await all(other, name))).toEqual(['a']);
      await other.dropCollection(name, fresh);
      await other.dropCollection(name, fresh);
      expect(await store.collections()).toEqual([]);
    }),
  );

  it(
    'and fields have names that cannot say anything else',
    check(async ({ store }) => {
      const refused = { kind: 'invalid', code: 'COLLECTION_NAME' };
      for (const name of badNames) {
        expect(await outcome(store.ensureCollection({ name, indexes: [] }))).toEqual(refused);
        expect(await outcome(store.query(name, { limit: 1 }))).toEqual(refused);
        expect(await outcome(store.dropCollection(name))).toEqual(refused);
      }
      const name = await filled(store, [{ id: 'a' }]);
      const badPath = { kind: 'invalid', code: 'FIELD_PATH' };
      for (const field of badPaths) {
        for (const index of [field, ['key', field], [`${field}.*`]])
          expect(await outcome(store.ensureCollection({ name, indexes: [index] }))).toEqual(badPath);
        expect(await outcome(store.count(name, [{ field, is: 1 }]))).toEqual(badPath);
        const sort = { field, direction: 'asc' } as const;
        expect(await outcome(store.query(name, { sort, limit: 1 }))).toEqual(badPath);
      }
      expect(await store.collections()).toEqual([name]);
    }),
  );

  it(
    'that are not there, or not any more, are not taken for empty ones',
    check(async ({ store, connect }) => {
      const [name, other] = [await filled(store, [{ id: 'a', n: 1 }], ['n']), await connect()];
      const lease = await leaseOf(store);
      expect(await other.count(name)).toBe(1);
      await store.dropCollection(name);
      const absent = { kind: 'not-found', code: 'COLLECTION_NOT_FOUND' };
      for (const client of [store, other])
        for (const collection of [name, 'never-made']) {
          const calls = [
            client.get(collection, 'a'),
            client.getMany(collection, ['a']),
            client.query(collection, { limit: 1 }),
            client.count(collection),
            all(client, collection),
            client.commit(collection, lease, undefined, checkpointAt(1), [put({ id: 'a' })]),
          ];
          expect(await Promise.all(calls.map(outcome))).toEqual(calls.map(() => absent));
          expect(await client.checkpoint(collection)).toBeUndefined();
          await client.dropCollection(collection);
        }
      expect(await store.collections()).toEqual([]);
    }),
  );

  it(
    'are scanned whole, in id order, in batches',
    check(async ({ store }) => {
      const ids = [...upTo(1234).map(String), 'z', 'Z', 'é', '\u{1f600}', '\uffee', ' '];
      const name = await filled(
        store,
        ids.map((id) => ({ id })),
      );
      const order = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const batches = await Array.fromAsync(store.scan(name));
      expect(idsOf(batches.flat())).toEqual(order);
      expect(batches.length).toBeGreaterThan(1);
      for await (const batch of store.scan(name)) if (batch.length > 0) break;
      await store.ensureCollection({ name: 'empty', indexes: [] });
      expect(await all(store, 'empty')).toEqual([]);
    }),
  );
}
