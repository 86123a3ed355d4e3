import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openFileArtifactStore } from '#artifact-store/file';
import { openS3ArtifactStore } from '#artifact-store/s3';
import { openEventStoreDb } from '#event-store/eventstoredb';
import { openSqliteEventStore } from '#event-store/sqlite';
import { copyArtifacts, copyHistory, proveSame } from '#migration';
import { randomBytes } from 'node:crypto';
import { scattered } from '../../libs/migration/testing/scattered.js';
import { sharedServer, startServer, type TestServer } from '../support/servers/index.js';
import { testBucket, type TestBucket } from './s3-bucket.js';

let dir: string;
let server: TestServer;
let bucket: TestBucket;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-moving-'));
  server = await startServer('eventstoredb', { dir: join(dir, 'eventstoredb') });
  bucket = await testBucket(sharedServer('s3'));
});
afterAll(async () => {
  await bucket.remove();
  await server.stop();
  await rm(dir, { recursive: true, force: true });
});

describe('moving house', () => {
  it('to EventStoreDB and back gives the same bytes in the same order, so that what was proven stays valid', async () => {
    const first = await openSqliteEventStore({ path: join(dir, 'first.sqlite') });
    const lab = await openEventStoreDb({ connection: server.url });
    const back = await openSqliteEventStore({ path: join(dir, 'back.sqlite') });
    try {
      const count = await scattered(first, 150);
      expect(await copyHistory(first, lab)).toEqual({ events: count, copied: count });
      const proof = await proveSame(first, lab);
      // What goes on there comes back too.
      const more = await scattered(lab, 20);
      expect(await copyHistory(lab, back)).toEqual({ events: count + more, copied: count + more });
      expect((await proveSame(lab, back)).events).toBe(count + more);
      expect(await proveSame(first, back, { events: count })).toEqual(proof);
    } finally {
      for (const store of [first, lab, back]) await store.close();
    }
  });

  it('takes artifacts to S3 and back', async () => {
    const first = await openFileArtifactStore({ dir: join(dir, 'first') });
    const lab = await openS3ArtifactStore(bucket.options);
    const back = await openFileArtifactStore({ dir: join(dir, 'back') });
    try {
      for (const size of [0, 1, 1000, 70_000, 3_000_000]) await first.put(randomBytes(size));
      const all = { blobs: 5, bytes: 3_071_001, copied: 5 };
      expect(await copyArtifacts(first, lab)).toEqual(all);
      expect(await copyArtifacts(lab, back)).toEqual(all);
      const digests = (await Array.fromAsync(first.list())).map(({ digest }) => digest);
      for (const digest of digests) expect(await back.verify(digest)).toBe('intact');
    } finally {
      for (const store of [first, lab, back]) await store.close();
    }
  });
});
