import type { MongoClient } from 'mongodb';
import { DomainError, killAt } from '#kernel';
import { databaseIn, openMongoClient, type MongoAccess } from '#mongodb';
import type { Document, ReadStore } from '../read-store.js';
import { openCalls, type Connected } from './calls.js';
import { checkStore, openInside, type Inside } from './inside.js';

export interface MongoReadStoreOptions extends MongoAccess {
  /** Instead of the one that the URL names; `holdfast` when neither does. */
  readonly database?: string;
  /** Whose store it is: services that share a URL have a database each, `<database>-<service>`. */
  readonly service?: string;
  /** `point#count` at which the process is killed; for tests. */
  readonly fault?: string | undefined;
}

const scanBatch = 200;
/** A commit costs its service and the server more than the documents in it. */
const restMs = 200;

/**
 * A store in MongoDB 7 or newer, standalone or a replica set. It is opened though the server is away: calls fail as `unavailable`
 * until it is there.
 * @throws READ_STORE_URL
 */
export async function openMongoReadStore(options: MongoReadStoreOptions): Promise<ReadStore> {
  // What is wrong with the address is said now, not by the first call.
  await clientOf(options).close();
  return storeIn(options);
}

function clientOf(options: MongoReadStoreOptions): MongoClient {
  return openMongoClient(options, () => {
    const message =
      'the read store’s address is none that MongoDB’s driver reads: mongodb://host:port/database';
    return new DomainError('invalid', 'READ_STORE_URL', message);
  });
}

/** A client whose first connection failed is of no use any more: each attempt has one of its own. */
async function connect(options: MongoReadStoreOptions): Promise<Connected<Inside>> {
  const { service, fault } = options;
  const client = clientOf(options);
  try {
    await client.connect();
    const base = options.database ?? databaseIn(client, options);
    const db = client.db(service === undefined ? base : `${base}-${service}`);
    await checkStore(db);
    const inside = openInside(db, killAt(fault) ?? (() => undefined));
    const drop = () => client.close();
    return { inside, end: () => inside.settled().finally(drop), drop };
  } catch (error) {
    await client.close();
    throw error;
  }
}

function storeIn(options: MongoReadStoreOptions): ReadStore {
  const { call, close } = openCalls(options.deadlineMs ?? 10_000, () => connect(options));
  return {
    restMs,
    ensureCollection: (spec) => call((inside) => inside.ensureCollection(spec)),
    dropCollection: (name, lease) => call((inside) => inside.dropCollection(name, lease)),
    collections: () => call((inside) => inside.collections()),
    get: (collection, id) => call((inside) => inside.get(collection, id)),
    getMany: async (collection, ids) =>
      ids.length === 0 ? [] : call((inside) => inside.getMany(collection, ids)),
    query: (collection, query) => call((inside) => inside.query(collection, query)),
    count: (collection, where) => call((inside) => inside.count(collection, where)),
    async *scan(collection) {
      for (let after: string | undefined; ;) {
        const page: Document[] = await call((inside) => inside.page(collection, after, scanBatch));
        if (page.length > 0) yield page;
        if (page.length < scanBatch) return;
        after = page.at(-1)?.id;
      }
    },
    checkpoint: (collection) => call((inside) => inside.checkpoint(collection)),
    commit: (...all) => call((inside) => inside.commit(...all)),
    getSetting: (key) => call((inside) => inside.getSetting(key)),
    setSetting: (...all) => call((inside) => inside.setSetting(...all)),
    acquireLease: (...all) => call((inside) => inside.acquireLease(...all)),
    releaseLease: (lease) => call((inside) => inside.releaseLease(lease)),
    probe: () => call((inside) => inside.probe()),
    close,
  };
}
