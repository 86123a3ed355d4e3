import { randomUUID } from 'node:crypto';
import { MongoClient, type Db } from 'mongodb';
import type { ReadStore } from '#read-store';
import { openMongoReadStore, type MongoReadStoreOptions } from '#read-store/mongodb';
import { sharedServer } from '../support/servers/index.js';

/** A database of a spec's own, and the clients that were opened on it. */
export interface TestDatabase {
  open(options?: Partial<MongoReadStoreOptions>): Promise<ReadStore>;
  close(): Promise<void>;
  /** Looks into it, or harms it, without the adapter. */
  inside<T>(work: (db: Db) => Promise<T>): Promise<T>;
  drop(): Promise<void>;
}

export function newDatabase(url = sharedServer('mongodb')): TestDatabase {
  const database = `test-${randomUUID()}`;
  const opened: ReadStore[] = [];
  async function inside<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const client = new MongoClient(url);
    try {
      return await work(client.db(database));
    } finally {
      await client.close();
    }
  }
  return {
    async open(options = {}) {
      const store = await openMongoReadStore({ url, database, ...options });
      opened.push(store);
      return store;
    },
    async close() {
      await Promise.all(opened.splice(0).map((store) => store.close()));
    },
    inside,
    drop: () => inside(async (db) => void (await db.dropDatabase())),
  };
}
