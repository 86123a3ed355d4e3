import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { nameId } from '#evidence';
import { openSqliteReadStore } from '#read-store/sqlite';
import type { ReadStore } from '#read-store';
import type { View } from '#runtime';
import { folded } from '#runtime/testing';
import { queueProjection, type QueueDocument } from './queue.projection.js';
import { history } from './testing/history.js';
import { heldRuns } from './held-runs.query.js';

const collection = 'queue@1.1';
let dir: string;
let store: ReadStore;
const queue = { query: (query) => store.query(collection, query) } as View<QueueDocument>;

/** `count` waiting runs of each lane: two pools, three namespaces, two priorities. */
function documents(count: number): QueueDocument[] {
  const [sample] = folded(queueProjection, history());
  const lanes = ['default', 'default-2'].flatMap((pool) =>
    ['a', 'a-b', 'b'].flatMap((namespace) => [100, -100].map((priority) => ({ pool, namespace, priority }))),
  );
  return lanes.flatMap((lane) =>
    Array.from({ length: count }, (_, order): QueueDocument => {
      const { pool, namespace, priority } = lane;
      const urgency = String(100 - priority).padStart(3, '0');
      const place = [pool, namespace, urgency, 'needs', String(order).padStart(12, '0')].join('/');
      const id = nameId('run', place);
      return { ...(sample as QueueDocument), ...lane, id, place, order, executor: null };
    }),
  );
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-queue-'));
  store = await openSqliteReadStore({ path: join(dir, 'views.sqlite') });
  await store.ensureCollection({ name: collection, indexes: queueProjection.indexes });
  const lease = await store.acquireLease('queue', 'me', 60_000);
  if (lease === undefined) throw new Error('nobody else writes here');
  const held = documents(1).map((doc, i): QueueDocument => {
    return { ...doc, id: nameId('held', doc.id), place: null, executor: i % 2 === 0 ? 'x' : 'y' };
  });
  const writes = [...documents(300), ...held].map((put) => ({ put }));
  await store.commit(collection, lease, undefined, { position: 'p', events: 1 }, writes);
});
afterAll(async () => {
  await store.close();
  await rm(dir, { recursive: true });
});

it('held runs are all there, or those of one executor', async () => {
  expect(await heldRuns(queue)).toHaveLength(12);
  expect((await heldRuns(queue, 'x')).map(({ executor }) => executor)).toEqual(Array(6).fill('x'));
});
