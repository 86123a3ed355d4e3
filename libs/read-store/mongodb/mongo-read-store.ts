import { MongoClient, type MongoClientOptions } from 'mongodb';
import { DomainError, killAt } from '#kernel';
import type { Document, ReadStore } from '../read-store.js';
import { openCalls, type Connected } from './calls.js';
import { checkStore, openInside, type Inside } from './inside.js';

export interface MongoReadStoreOptions {
  /** `mongodb://host:port/database?…` or `mongodb+srv://…`. */
  readonly url: string;
  /** Instead of the one that the URL names; `holdfast` when neither does. */
  readonly database?: string;
  /** Whose store it is: services that share a URL have a database each, `<database>-<service>`. */
  readonly service?: string;
  /** After which a call that has no answer fails as `unavailable`; default 10,000. */
  readonly deadlineMs?: number;
  /** `point#count` at which the process is killed; for tests. */
  readonly fault?: string | undefined;
}

const scanBatch = 200;
const defaultDatabase = 'holdfast';

/** Nothing is answered that could be taken back, and nobody but the primary is asked. */
const settings = {
  appName: 'holdfast',
  writeConcern: { w: 'majority', journal: true },
  readConcern: { level: 'majority' },
  readPreference: 'primary',
} as const satisfies MongoClientOptions;

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

function clientOf({ url, deadlineMs = 10_000 }: MongoReadStoreOptions): MongoClient {
  const limits = {
    serverSelectionTimeoutMS: deadlineMs,
    connectTimeoutMS: deadlineMs,
    socketTimeoutMS: deadlineMs,
    waitQueueTimeoutMS: deadlineMs,
  };
  try {
    return new MongoClient(url, { ...settings, ...limits });
  } catch {
    // Its message may hold a password.
    const message =
      'the read store’s address is none that MongoDB’s driver reads: mongodb://host:port/database';
    throw new DomainError('invalid', 'READ_STORE_URL', message);
  }
}

const namesDatabase = (url: string): boolean => /^mongodb(\+srv)?:\/\/[^/]+\/[^?]/.test(url);

/** A client whose first connection failed is of no use any more: each attempt has one of its own. */
async function connect(options: MongoReadStoreOptions): Promise<Connected<Inside>> {
  const { url, service, fault } = options;
  const client = clientOf(options);
  try {
    await client.connect();
    const base = options.database ?? (namesDatabase(url) ? client.db().databaseName : defaultDatabase);
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
