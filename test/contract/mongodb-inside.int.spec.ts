import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ReadStore } from '#read-store';
import { openMongoReadStore } from '#read-store/mongodb';
import { sharedServer } from '../support/servers/index.js';
import { newDatabase, type TestDatabase } from './mongodb-database.js';

const name = 'runs@1.1';
const at = (events: number) => ({ position: `p${events}`, events });

let database: TestDatabase;
let store: ReadStore;
beforeEach(async () => {
  database = newDatabase();
  store = await database.open();
  await store.ensureCollection({
    name,
    indexes: ['order', ['namespace', 'deep.order'], ['namespace', 'metrics.*'], ['metrics.*']],
  });
});
afterEach(async () => {
  await database.close();
  await database.drop();
});
const commit = async (events: number, ...documents: { id: string }[]) => {
  const lease = (await store.acquireLease('writer', 'me', 60_000))!;
  const expected = events === 1 ? undefined : at(events - 1);
  await store.commit(
    name,
    lease,
    expected,
    at(events),
    documents.map((put) => ({ put })),
  );
};

describe('a read store in MongoDB', () => {
  it('has an index for each that is declared, of documents that are there, and forgets traces of removed ones', async () => {
    const indexes = await database.inside(async (db) => {
      const [view] = (await db.listCollections().toArray()).filter((each) => each.name.startsWith('view.'));
      return db.collection(view!.name).indexes();
    });
    const keys = Object.fromEntries(
      indexes.map((index) => [index['name'], Object.entries(index['key'] as object)]),
    );
    expect(keys).toEqual({
      _id_: [['_id', 1]],
      order: [
        ['r.k.order', 1],
        ['_id', 1],
      ],
      'namespace,deep.order': [
        ['r.k.namespace', 1],
        ['r.k.deep:order', 1],
        ['_id', 1],
      ],
      'namespace,metrics.*': [
        ['r.k.namespace', 1],
        ['r.w.metrics.$**', 1],
      ],
      'metrics.*': [['r.w.metrics.$**', 1]],
      gone: [['r.gone', 1]],
    });
  });

  it('of a newer release is left alone: found so when it is opened, or in the midst of its work', async () => {
    await commit(1, { id: 'a' });
    const newer = { kind: 'integrity', code: 'STORE_NEWER' };
    await database.inside((db) => db.collection('_heads').updateMany({}, { $set: { format: 2 } }));
    await expect(store.get(name, 'a')).rejects.toMatchObject(newer);
    await expect(commit(2, { id: 'b' })).resolves.toBeUndefined();
    await expect(store.checkpoint(name)).rejects.toMatchObject(newer);
    await database.inside((db) => db.collection('_store').updateMany({}, { $set: { format: 2 } }));
    const other = await database.open();
    for (const call of [
      other.probe(),
      other.collections(),
      other.getSetting('k'),
      other.acquireLease('a', 'me', 1),
    ])
      await expect(call).rejects.toMatchObject(newer);
    await database.inside((db) => db.collection('_store').updateMany({}, { $set: { format: 1 } }));
    expect(await other.getSetting('k')).toBeUndefined();
  });

  it('refuses a document that MongoDB cannot hold, with all of its batch, and takes what just fits', async () => {
    const huge = { id: 'huge', text: 'x'.repeat(16 * 2 ** 20) };
    const refused = { kind: 'invalid', code: 'DOCUMENT_TOO_LARGE' };
    await expect(commit(1, { id: 'a' }, huge)).rejects.toMatchObject(refused);
    expect([await store.count(name), await store.checkpoint(name)]).toEqual([0, undefined]);
    const fits = { id: 'fits', text: 'x'.repeat(14 * 2 ** 20) };
    await commit(1, { id: 'a' }, fits);
    expect(await store.get(name, 'fits')).toEqual(fits);
  });

  it('is one of its service: others that share the address have their own', async () => {
    const url = `${sharedServer('mongodb')}/${crypto.randomUUID()}`;
    const [one, two] = await Promise.all(
      ['registry', 'auditor'].map((service) => openMongoReadStore({ url, service })),
    );
    await one!.ensureCollection({ name: 'of-one', indexes: [] });
    await two!.setSetting('k', undefined, 'two');
    expect([await one!.collections(), await two!.collections()]).toEqual([['of-one'], []]);
    expect(await one!.getSetting('k')).toBeUndefined();
    await Promise.all([one!.close(), two!.close()]);
    const base = new URL(url).pathname.slice(1);
    await database.inside(async () => undefined);
    expect(base).not.toBe('');
  });

  it.each(['nonsense', 'http://host', 'mongodb://me:hunter2@', 'mongodb://me:hunter2@host/?tls=perhaps'])(
    'at %s is nowhere, and nothing of it is printed',
    async (url) => {
      const opening = openMongoReadStore({ url });
      await expect(opening).rejects.toMatchObject({ kind: 'invalid', code: 'READ_STORE_URL' });
      await expect(opening).rejects.toThrow(expect.not.stringContaining('hunter2') as never);
    },
  );

  it('that was emptied has no collections, no leases and no settings, and says so', async () => {
    await commit(1, { id: 'a' });
    const lease = (await store.acquireLease('writer', 'me', 60_000))!;
    await store.setSetting('k', undefined, 'v');
    await database.drop();
    expect([await store.checkpoint(name), await store.getSetting('k')]).toEqual([undefined, undefined]);
    await expect(store.count(name)).rejects.toMatchObject({ code: 'COLLECTION_NOT_FOUND' });
    const late = store.commit(name, lease, at(1), at(2), []);
    await expect(late).rejects.toMatchObject({ kind: 'conflict', code: 'LEASE_LOST' });
    expect((await store.acquireLease('writer', 'me', 60_000))?.token).not.toBe(lease.token);
  });
});
