import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Document, Lease, ReadStore, Write } from '#read-store';
import { sharedServer } from '../support/servers/index.js';
import { holdingProxy, type HoldingProxy } from './holding-proxy.js';
import { newDatabase, type TestDatabase } from './mongodb-database.js';

const name = 'things';
const at = (events: number) => ({ position: `p${events}`, events });
const put = (id: string, n: number, more = {}): Write => ({ put: { id, n, ...more } });

const says = (message: Buffer, ...texts: string[]): boolean => texts.every((text) => message.includes(text));
const isUpdate = (message: Buffer): boolean => says(message, '\x02update\0');
/** The steps of a commit, as they are on the wire. */
const steps = {
  head: (message: Buffer) =>
    isUpdate(message) && says(message, '_heads', '\x03$set\0', 'position\0', 'writer.token'),
  rows: (message: Buffer) => isUpdate(message) && says(message, `view.${name}~`) && !says(message, '_heads'),
  clear: (message: Buffer) =>
    isUpdate(message) && says(message, '_heads', '\x0abatch\0') && !says(message, 'writer'),
};

/** What is held is not given up meanwhile. */
const patient = { deadlineMs: 120_000 };
let database: TestDatabase;
let proxy: HoldingProxy;
/** The older writer, whose messages are held, and the newer one. */
let [older, newer] = [] as unknown as [ReadStore, ReadStore];
let lease: Lease;

beforeEach(async () => {
  database = newDatabase();
  proxy = await holdingProxy(sharedServer('mongodb'));
  [older, newer] = [await database.open({ ...patient, url: proxy.url }), await database.open(patient)];
  await older.ensureCollection({ name, indexes: ['n'] });
  lease = (await older.acquireLease('writer', 'older', 1))!;
  await older.commit(name, lease, undefined, at(1), [put('x', 1), put('y', 1), put('z', 1)]);
});
afterEach(async () => {
  await proxy.close();
  await database.close();
  await database.drop();
});

async function takenOver(): Promise<Lease> {
  for (;;) {
    const taken = await newer.acquireLease('writer', 'newer', 60_000);
    if (taken) return taken;
  }
}
const shown = async (store: ReadStore = newer): Promise<Record<string, unknown>> => {
  const rows = await store.query(name, { sort: { field: 'n', direction: 'asc' }, limit: 100 });
  const [count, scanned] = [await store.count(name), (await Array.fromAsync(store.scan(name))).flat()];
  expect([count, scanned.length]).toEqual([rows.length, rows.length]);
  expect(
    await store.getMany(
      name,
      rows.map(({ id }) => id),
    ),
  ).toHaveLength(rows.length);
  return Object.fromEntries(rows.map(({ id, n }: Document) => [id, n]));
};
const second = [put('x', 2), { delete: 'y' }, put('new', 2)];
/** All that the second batch and then a third leave. */
const third = [put('x', 3), put('y', 3), { delete: 'new' }, { delete: 'z' }];
const afterSecond = { x: 2, z: 1, new: 2 };
const afterThird = { x: 3, y: 3 };

/** The second batch by the older writer, held at a step. */
async function heldAt(step: keyof typeof steps, writes: readonly Write[] = second) {
  const holding = proxy.hold(steps[step]);
  const committing = older.commit(name, lease, at(1), at(2), writes).then(
    () => 'done',
    (error: { code: string }) => error.code,
  );
  // It may be answered before its last steps; one that fails has none to hold.
  const early = committing.then((how) =>
    how === 'done' ? holding : Promise.reject(new Error(`it ended as ${how} before it was held`)),
  );
  return { ...(await Promise.race([holding, early])), committing };
}

describe('an older writer in MongoDB', () => {
  it('held before its commit changes nothing once another has the lease', async () => {
    const { arrive, committing } = await heldAt('head');
    const taken = await takenOver();
    await arrive();
    expect(await committing).toBe('LEASE_LOST');
    expect([await shown(), await newer.checkpoint(name)]).toEqual([{ x: 1, y: 1, z: 1 }, at(1)]);
    await newer.commit(name, taken, at(1), at(2), second);
    expect(await shown()).toEqual(afterSecond);
  });

  it('held with a commit that another has made meanwhile changes nothing', async () => {
    const { arrive, committing } = await heldAt('head');
    await newer.commit(name, await takenOver(), at(1), at(2), [put('x', 7)]);
    await arrive();
    expect(await committing).toBe('LEASE_LOST');
    expect(await shown()).toEqual({ x: 7, y: 1, z: 1 });
  });

  it('held between its commit and its rows is seen whole, by itself too', async () => {
    const { arrive, committing } = await heldAt('rows');
    for (const store of [newer, await database.open(), older]) {
      expect([await shown(store), await store.checkpoint(name)]).toEqual([afterSecond, at(2)]);
      expect(await store.get(name, 'y')).toBeUndefined();
      expect(await store.count(name, [{ field: 'n', is: 2 }])).toBe(2);
    }
    await arrive();
    expect([await committing, await shown()]).toEqual(['done', afterSecond]);
  });

  it('whose rows come after another has finished them and gone on undoes nothing, and brings nothing back', async () => {
    const { arrive, committing } = await heldAt('rows');
    const taken = await takenOver();
    await newer.commit(name, taken, at(2), at(3), third);
    expect(await shown()).toEqual(afterThird);
    await arrive();
    expect(await committing).toBe('done');
    expect([await shown(), await newer.checkpoint(name)]).toEqual([afterThird, at(3)]);
    await newer.commit(name, taken, at(3), at(4), [put('new', 4)]);
    expect(await shown()).toEqual({ ...afterThird, new: 4 });
  });

  it('that is late in forgetting its batch leaves the next one’s', async () => {
    const { arrive, committing } = await heldAt('clear');
    await newer.close();
    newer = await database.open({ ...patient, url: proxy.url });
    const taken = await takenOver();
    const holding = proxy.hold(steps.rows);
    const next = newer.commit(name, taken, at(2), at(3), third);
    // The newer one first finishes the older batch; that is what is held now.
    const finishing = await holding;
    const holdingNext = proxy.hold(steps.rows);
    await finishing.arrive();
    const rows = await holdingNext;
    await arrive();
    await committing;
    const witness = await database.open();
    expect(await shown(witness)).toEqual(afterThird);
    await rows.arrive();
    await next;
    expect(await shown(witness)).toEqual(afterThird);
  });

  it('that was killed after its commit is finished by the next, in parts too', async () => {
    const text = 'x'.repeat(6 * 2 ** 20);
    const large = ['a', 'b', 'c'].map((id) => put(id, 2, { text }));
    await heldAt('rows', [...second, ...large]);
    await proxy.close();
    const all = { ...afterSecond, a: 2, b: 2, c: 2 };
    expect(await shown()).toEqual(all);
    const taken = await takenOver();
    await newer.commit(name, taken, at(2), at(3), [put('a', 3)]);
    expect(await shown(await database.open())).toEqual({ ...all, a: 3 });
    await newer.commit(name, taken, at(3), at(4), third);
    expect(await database.inside((db) => db.collection('_parts').countDocuments())).toBe(0);
    proxy = await holdingProxy(sharedServer('mongodb'));
  });

  it('writes nothing into a collection that was dropped and made again', async () => {
    const { arrive, committing } = await heldAt('rows');
    await newer.dropCollection(name);
    await newer.ensureCollection({ name, indexes: ['n'] });
    const taken = await takenOver();
    await newer.commit(name, taken, undefined, at(1), [put('first', 1)]);
    await arrive();
    await committing;
    expect([await shown(), await newer.checkpoint(name)]).toEqual([{ first: 1 }, at(1)]);
    await newer.ensureCollection({ name, indexes: ['n'] });
    const rows = await database.inside((db) => db.listCollections().toArray());
    expect(rows.filter((each) => each.name.startsWith('view.'))).toHaveLength(1);
  });

  it('held before it drops a collection leaves what the next has made of its name', async () => {
    const holding = proxy.hold((message) => says(message, '\x02delete\0', '_heads'));
    const dropping = older.dropCollection(name, lease);
    const { arrive } = await holding;
    const taken = await takenOver();
    await newer.dropCollection(name, taken);
    await newer.ensureCollection({ name, indexes: ['n'] });
    await newer.commit(name, taken, undefined, at(1), [put('first', 1)]);
    await arrive();
    await dropping;
    expect([await shown(), await newer.checkpoint(name)]).toEqual([{ first: 1 }, at(1)]);
    await expect(older.dropCollection(name, lease)).rejects.toMatchObject({ code: 'LEASE_LOST' });
  });

  it('writes nothing into a database that was emptied, though tokens begin anew', async () => {
    const { arrive, committing } = await heldAt('rows');
    await database.drop();
    await newer.ensureCollection({ name, indexes: ['n'] });
    const taken = await takenOver();
    await newer.commit(name, taken, undefined, at(1), [put('first', 1)]);
    await arrive();
    await committing;
    expect(await shown()).toEqual({ first: 1 });
    const again = older.commit(name, lease, at(1), at(2), second);
    await expect(again).rejects.toMatchObject({ kind: 'conflict', code: 'LEASE_LOST' });
    const renewed = await older.acquireLease('writer', 'older', 1);
    expect(renewed).toBeUndefined();
  });

  it('that never heard of its commit learns from the checkpoint that it was done, and does not do it twice', async () => {
    await older.close();
    older = await database.open({ url: proxy.url, deadlineMs: 3_000 });
    const losing = proxy.loseAnswer(steps.head);
    const commit = () => older.commit(name, lease, at(1), at(2), second);
    await expect(Promise.all([commit(), losing])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(commit()).rejects.toMatchObject({ kind: 'conflict', code: 'STALE_CHECKPOINT' });
    expect([await older.checkpoint(name), await shown()]).toEqual([at(2), afterSecond]);
    await older.commit(name, lease, at(2), at(3), third);
    expect(await shown()).toEqual(afterThird);
  });
});
