import { systemChance } from '#kernel';
import type { Checkpoint, Document } from '#read-store';
import { openMongoReadStore } from '#read-store/mongodb';
import { MongoClient } from 'mongodb';
import { sharedServer } from '../../support/servers/index.js';
import type { Program } from '../harness/figure.js';
import { sharedEngines } from '../support/engines.js';

const size = 250;
/** Documents in all: each is written again and again, as a run is while it goes on. */
const documents = 2500;
const indexes = [
  ['namespace', 'status', 'order'],
  ['namespace', 'order'],
  ['namespace', 'metricValues.*'],
  'order',
] as const;
const bareIndexes = [
  { key: { namespace: 1, status: 1, order: 1, _id: 1 } },
  { key: { namespace: 1, order: 1, _id: 1 } },
  { key: { namespace: 1, 'metricValues.$**': 1 } },
  { key: { order: 1, _id: 1 } },
] as const;

/** About what a projection of runs holds of one. */
const documentOf = (order: number, round: number): Document => ({
  id: `run-${String(order).padStart(6, '0')}`,
  ...{ namespace: `n${order % 5}`, status: round % 2 ? 'done' : 'running', order },
  ...{ blueprintName: `b${order % 20}`, metricValues: { auc: ((order * 7919) % 1000) / 1000, loss: round } },
  steps: ['a', 'b'].map((name) => ({ name, digest: `sha256:${'0'.repeat(64)}` })),
  reason: 'x'.repeat(200),
});

const batchOf = (round: number): Document[] =>
  Array.from({ length: size }, (_, i) => documentOf((round * size + i) % documents, round));

/** A projection's commits, and `bulkWrite` of the same documents under indexes for the same questions. */
export const distributedReadStore: Program = async (full) => {
  const batches = full ? 60 : 15;
  await sharedEngines(['mongodb']);
  const [url, database] = [sharedServer('mongodb'), `bench-${systemChance.uuid()}`];
  const store = await openMongoReadStore({ url, database, deadlineMs: 60_000 });
  const client = new MongoClient(url, { writeConcern: { w: 'majority', journal: true } });
  const collection = client.db(`${database}-bare`).collection('runs');
  await collection.createIndexes(bareIndexes as never);
  await store.ensureCollection({ name: 'runs@1', indexes });
  const lease = await store.acquireLease('runs', 'bench', 3_600_000);
  if (lease === undefined) throw new Error('the lease is held by another');
  let [oursAt, bareAt] = [0, 0];
  let before: Checkpoint | undefined;

  async function commit(): Promise<void> {
    const next = { position: String(oursAt), events: ++oursAt * size };
    const writes = batchOf(oursAt).map((put) => ({ put }));
    await store.commit('runs@1', lease as never, before, next, writes);
    before = next;
  }
  async function bulkWrite(): Promise<void> {
    const operations = batchOf(++bareAt).map((document) => ({
      replaceOne: { filter: { _id: document.id as never }, replacement: { ...document }, upsert: true },
    }));
    await collection.bulkWrite(operations, { ordered: false });
  }
  async function measure(write: () => Promise<void>) {
    const startedAt = performance.now();
    for (let i = 0; i < batches; i++) await write();
    return { 'distributed-read-store.project': (batches * size * 1000) / (performance.now() - startedAt) };
  }
  for (let i = 0; i < documents / size; i++) {
    await commit();
    await bulkWrite();
  }
  return {
    ours: () => measure(commit),
    bare: () => measure(bulkWrite),
    async close() {
      await store.close();
      await client.db(database).dropDatabase();
      await client.db(`${database}-bare`).dropDatabase();
      await client.close();
    },
  };
};
