import type { Db } from 'mongodb';
import type { FaultPoint } from '#kernel';
import { checkCollection } from '../names.js';
import type { Document, ReadStore } from '../read-store.js';
import { openBatches } from './batches.js';
import { openCollections } from './collections.js';
import { openCommits } from './commits.js';
import { isDuplicate } from './errors.js';
import { checkFormat, openHeads, storeFormat } from './heads.js';
import { inOrder } from './keys.js';
import { openLeases } from './leases.js';
import { countOf, pageOf } from './pages.js';
import { documentOf, onlyText } from './rows.js';
import { openSettings } from './settings.js';
import { openSnapshots, type Snapshot } from './snapshots.js';

/** What a store does in its database, without deadlines; a scan is asked for page by page. */
export type Inside = Omit<ReadStore, 'scan' | 'close'> & {
  /** Resolves when nothing is left to be done. */
  settled(): Promise<void>;
  page(collection: string, after: string | undefined, limit: number): Promise<Document[]>;
};

export function openInside(db: Db, reach: FaultPoint): Inside {
  const batches = openBatches(db);
  const heads = openHeads(db, batches);
  const leases = openLeases(db, heads);
  const settings = openSettings(db);
  const snapshots = openSnapshots(heads);
  const { commit, finish, settled } = openCommits(heads, leases, batches, reach);
  const collections = openCollections(db, heads, leases, batches, finish);

  async function read<T>(collection: string, work: (at: Snapshot) => Promise<T>): Promise<T> {
    checkCollection(collection);
    return snapshots.read(collection, work);
  }
  const getMany: Inside['getMany'] = (collection, ids) => read(collection, (at) => documentsOf(at, ids));

  return {
    ensureCollection: collections.ensure,
    dropCollection: collections.drop,
    collections: collections.names,
    get: async (collection, id) => (await getMany(collection, [id]))[0],
    getMany,
    query: (collection, query) => read(collection, (at) => pageOf(at, query)),
    count: (collection, where = []) => read(collection, (at) => countOf(at, where)),
    page: (collection, id, limit) =>
      read(collection, (at) =>
        pageOf(at, { limit, ...(id === undefined ? {} : { after: { value: null, id } }) }),
      ),
    async checkpoint(collection) {
      checkCollection(collection);
      return heads.checkpoint(collection);
    },
    async commit(collection, ...rest) {
      checkCollection(collection);
      await commit(collection, ...rest);
    },
    getSetting: settings.get,
    setSetting: settings.set,
    acquireLease: leases.acquire,
    releaseLease: leases.release,
    settled,
    async probe() {
      await db.command({ ping: 1 });
    },
  };
}

async function documentsOf({ rows, pending }: Snapshot, ids: readonly string[]): Promise<Document[]> {
  const wanted = [...new Set(ids.map(inOrder))];
  const ours = wanted.flatMap((id) => pending.get(id) ?? []).filter(({ r }) => r.live);
  const others = wanted.filter((id) => !pending.has(id));
  const projection = { ...onlyText, 'r.live': 1 };
  const found =
    others.length === 0 ? [] : await rows.find({ _id: { $in: others } }, { projection }).toArray();
  return [...found.filter(({ r }) => r.live), ...ours].map(documentOf);
}

/** Marks a new store with this release's format. @throws STORE_NEWER */
export async function checkStore(db: Db): Promise<void> {
  const stores = db.collection<{ readonly _id: string; readonly format: number }>('_store');
  const mark = { _id: 'read-store' };
  const found = await stores.findOne(mark);
  if (found !== null) return checkFormat(found.format);
  try {
    await stores.insertOne({ ...mark, format: storeFormat });
  } catch (error) {
    // Another marks it at the same moment.
    if (!isDuplicate(error)) throw error;
    await checkStore(db);
  }
}
