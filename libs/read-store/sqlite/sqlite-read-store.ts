import { startThread } from '#sqlite';
import type { Document, ReadStore } from '../read-store.js';
import { toWireWrite, type Operations } from './operations.js';

export interface SqliteReadStoreOptions {
  readonly path: string;
  readonly maxPages?: number;
  /** `point#count` at which the process is killed; for tests. */
  readonly fault?: string | undefined;
}

const scanBatch = 500;

/**
 * The embedded read store: one file and one thread of its own.
 * @throws STORE_IN_USE, STORAGE_READ_ONLY, STORE_CORRUPT
 */
export async function openSqliteReadStore({
  path,
  maxPages,
  fault,
}: SqliteReadStoreOptions): Promise<ReadStore> {
  const options = maxPages === undefined ? {} : { maxPages };
  const thread = await startThread(new URL('./read-store.worker.js', import.meta.url), {
    path,
    options,
    fault,
  });
  const call = <Name extends keyof Operations>(
    name: Name,
    payload?: Parameters<Operations[Name]>[0],
  ): Promise<ReturnType<Operations[Name]>> => thread.call(name, payload);
  const parse = (docs: readonly string[]): Document[] => docs.map((doc) => JSON.parse(doc) as Document);

  return {
    ensureCollection: (spec) => call('ensureCollection', spec),
    dropCollection: (name) => call('dropCollection', name),
    collections: () => call('collections'),
    get: async (collection, id) => parse(await call('getMany', { collection, ids: [id] }))[0],
    getMany: async (collection, ids) => parse(await call('getMany', { collection, ids })),
    query: async (collection, query) => parse(await call('query', { collection, query })),
    count: (collection, where = []) => call('count', { collection, where }),
    async *scan(collection) {
      for (let after: string | undefined; ;) {
        const { ids, docs } = await call('scan', { collection, after, limit: scanBatch });
        if (docs.length > 0) yield parse(docs);
        if (docs.length < scanBatch) return;
        after = ids.at(-1);
      }
    },
    checkpoint: (collection) => call('checkpoint', collection),
    commit: async (collection, lease, expected, next, writes) =>
      call('commit', { collection, lease, expected, next, writes: writes.map(toWireWrite) }),
    getSetting: (key) => call('getSetting', key),
    setSetting: (key, expected, value) => call('setSetting', { key, expected, value }),
    acquireLease: (name, owner, ttlMs) => call('acquireLease', { name, owner, ttlMs }),
    releaseLease: (lease) => call('releaseLease', lease),
    close: () => thread.close(),
  };
}
