import { startSharedThread, type Thread } from '#sqlite';
import type { Document, ReadStore } from '../read-store.js';
import { toWireWrite, type CommitCall, type Operations } from './operations.js';

export interface SqliteReadStoreOptions {
  readonly path: string;
  readonly maxPages?: number;
  /** `point#count` at which the process is killed; for tests. */
  readonly fault?: string | undefined;
}

/** Read stores in one thread: each has a file of its own. */
export interface SqliteReadStores {
  /** @throws STORE_IN_USE, STORAGE_READ_ONLY, STORE_CORRUPT */
  open(options: SqliteReadStoreOptions): Promise<ReadStore>;
  /** After every store was closed. */
  close(): Promise<void>;
}

/** Documents at a time; both sides of a comparison hold as many. */
const scanBatch = 100;

/** The thread starts with the first store. */
export function sqliteReadStores(): SqliteReadStores {
  const start = () => startSharedThread(new URL('./read-store.worker.js', import.meta.url));
  let shared: ReturnType<typeof start> | undefined;
  return {
    async open({ path, maxPages, fault }) {
      shared ??= start();
      const options = maxPages === undefined ? {} : { maxPages };
      return storeIn(await shared.open({ path, options, fault }));
    },
    async close() {
      await shared?.close();
    },
  };
}

/**
 * One store with a thread of its own, which ends with it.
 * @throws STORE_IN_USE, STORAGE_READ_ONLY, STORE_CORRUPT
 */
export async function openSqliteReadStore(options: SqliteReadStoreOptions): Promise<ReadStore> {
  const stores = sqliteReadStores();
  try {
    const store = await stores.open(options);
    return { ...store, close: () => store.close().then(() => stores.close()) };
  } catch (error) {
    await stores.close();
    throw error;
  }
}

type Calls = Omit<Operations, 'commits'> & { commit(call: CommitCall): void };

function storeIn(thread: Thread): ReadStore {
  const call = <Name extends keyof Calls>(
    name: Name,
    payload?: Parameters<Calls[Name]>[0],
  ): Promise<ReturnType<Calls[Name]>> => thread.call(name, payload);
  const parse = (docs: readonly string[]): Document[] => docs.map((doc) => JSON.parse(doc) as Document);

  return {
    ensureCollection: (spec) => call('ensureCollection', spec),
    dropCollection: (name, lease) => call('dropCollection', { name, lease }),
    collections: () => call('collections'),
    async get(collection, id) {
      const doc = await call('get', { collection, id });
      return doc === undefined ? undefined : parse([doc])[0];
    },
    getMany: async (collection, ids) =>
      ids.length === 0 ? [] : parse(await call('getMany', { collection, ids })),
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
    probe: () => call('probe'),
    close: () => thread.close(),
  };
}
