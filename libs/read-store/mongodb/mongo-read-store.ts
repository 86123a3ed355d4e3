import { MongoClient, type Db, type MongoClientOptions } from 'mongodb';
import { DomainError, killAt } from '#kernel';
import { checkCollection } from '../names.js';
import type { Document, ReadStore } from '../read-store.js';
import { openBatches } from './batches.js';
import { openCalls } from './calls.js';
import { openCollections } from './collections.js';
import { openCommits } from './commits.js';
import { checkFormat, checkpointOf, openHeads, storeFormat } from './heads.js';
import { inOrder } from './keys.js';
import { openLeases } from './leases.js';
import { countOf, pageOf } from './pages.js';
import { documentOf } from './rows.js';
import { openSettings } from './settings.js';
import { openSnapshots } from './snapshots.js';

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
  ignoreUndefined: false,
} as const satisfies MongoClientOptions;

/**
 * A store in MongoDB 7 or newer, standalone or a replica set. It is opened though the server is away: calls fail as `unavailable`
 * until it is there.
 * @throws READ_STORE_URL
 */
export function openMongoReadStore(options: MongoReadStoreOptions): Promise<ReadStore> {
  const { url, service, deadlineMs = 10_000, fault } = options;
  let client: MongoClient;
  let db: Db;
  try {
    client = new MongoClient(url, {
      ...settings,
      serverSelectionTimeoutMS: deadlineMs,
      connectTimeoutMS: deadlineMs,
      socketTimeoutMS: deadlineMs,
      waitQueueTimeoutMS: deadlineMs,
    });
    const named = options.database ?? (namesDatabase(url) ? client.db().databaseName : defaultDatabase);
    db = client.db(service === undefined ? named : `${named}-${service}`);
  } catch {
    // Its message may hold a password.
    const message =
      'the read store’s address is none that MongoDB’s driver understands: mongodb://host:port/database';
    return Promise.reject(new DomainError('invalid', 'READ_STORE_URL', message));
  }
  return Promise.resolve(storeIn(client, db, deadlineMs, fault));
}

const namesDatabase = (url: string): boolean => /^mongodb(\+srv)?:\/\/[^/]+\/[^?]/.test(url);

function storeIn(client: MongoClient, db: Db, deadlineMs: number, fault: string | undefined): ReadStore {
  const batches = openBatches(db);
  const heads = openHeads(db, batches);
  const leases = openLeases(db, heads);
  const facts = openSettings(db);
  const snapshots = openSnapshots(heads);
  const { commit, finish } = openCommits(heads, leases, batches, killAt(fault) ?? (() => undefined));
  const collections = openCollections(db, heads, batches, finish);
  const { call, close } = openCalls(
    deadlineMs,
    () => checkStore(db),
    () => client.close(),
  );

  const many = (collection: string, ids: readonly string[]): Promise<Document[]> =>
    snapshots.read(collection, async ({ rows, pending }) => {
      const wanted = [...new Set(ids.map(inOrder))];
      const others = wanted.filter((id) => !pending.has(id));
      const found =
        others.length === 0
          ? []
          : await rows.find({ _id: { $in: others }, live: true }, { projection: { json: 1 } }).toArray();
      const ours = wanted.flatMap((id) => pending.get(id) ?? []).filter(({ live }) => live);
      return [...found, ...ours].map(documentOf);
    });

  const reading = <T>(collection: string, work: () => Promise<T>): Promise<T> =>
    call(() => {
      checkCollection(collection);
      return work();
    });

  return {
    ensureCollection: (spec) => call(() => collections.ensure(spec)),
    dropCollection: (name) => call(() => collections.drop(name)),
    collections: () => call(() => collections.names()),
    get: (collection, id) => reading(collection, async () => (await many(collection, [id]))[0]),
    getMany: (collection, ids) =>
      reading(collection, () => (ids.length === 0 ? Promise.resolve([]) : many(collection, ids))),
    query: (collection, query) =>
      reading(collection, () => snapshots.read(collection, (at) => pageOf(at, query))),
    count: (collection, where = []) =>
      reading(collection, () => snapshots.read(collection, (at) => countOf(at, where))),
    async *scan(collection) {
      for (let last: string | undefined; ;) {
        const after = last === undefined ? {} : { after: { value: null, id: last } };
        const page = await reading(collection, () =>
          snapshots.read(collection, (at) => pageOf(at, { limit: scanBatch, ...after })),
        );
        if (page.length > 0) yield page;
        if (page.length < scanBatch) return;
        last = page.at(-1)?.id;
      }
    },
    checkpoint: (collection) =>
      reading(collection, async () => {
        const head = await heads.find(collection);
        return head && checkpointOf(head);
      }),
    commit: (collection, ...rest) => reading(collection, () => commit(collection, ...rest)),
    getSetting: (key) => call(() => facts.get(key)),
    setSetting: (key, expected, value) => call(() => facts.set(key, expected, value)),
    acquireLease: (name, owner, ttlMs) => call(() => leases.acquire(name, owner, ttlMs)),
    releaseLease: (lease) => call(() => leases.release(lease)),
    probe: () => call(async () => void (await db.command({ ping: 1 }))),
    close,
  };
}

/** Marks the store with its format. @throws STORE_NEWER */
async function checkStore(db: Db): Promise<void> {
  const stores = db.collection<{ readonly _id: string; readonly format: number }>('_store');
  const mark = { _id: 'read-store' };
  const found =
    (await stores.findOne(mark)) ??
    (await stores.findOneAndUpdate(
      mark,
      { $setOnInsert: { format: storeFormat } },
      { upsert: true, returnDocument: 'after' },
    ));
  checkFormat(found?.format ?? storeFormat);
}
