import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEventStoreDb } from '#event-store/eventstoredb';
import type { StreamId } from '#kernel';
import {
  disposedWhileHeld,
  reviewed,
  sampleEvents,
  testSigner,
  verified,
  writeLog,
} from '#verification/testing';
import { startServer, type TestServer } from '../support/servers/index.js';

const plain = sampleEvents(700);
const reviews = reviewed(plain.slice(0, 698), [[300, 'AA==']]);
const events = [...plain.slice(0, 697), ...reviews, ...disposedWhileHeld(plain)];
const review = { code: 'REVIEW_DIFFERS', index: 697, eventId: events[697]?.eventId };
const tombstone = { code: 'DISPOSED_WHILE_HELD', index: 699, eventId: events[699]?.eventId };
const signer = testSigner();
const root = mkdtempSync(join(tmpdir(), 'holdfast-verify-'));
let server: TestServer;

beforeAll(async () => {
  server = await startServer('eventstoredb');
  const store = await openEventStoreDb({ connection: server.url });
  for (const [stream, own] of Map.groupBy(events, (event) => event.stream))
    await store.append(stream as StreamId, 'none', own);
  await store.close();
  await writeLog(join(root, 'log'), events.slice(0, 600), [300, 600], signer);
});
afterAll(async () => {
  await server.stop();
  rmSync(root, { recursive: true });
});

const verify = (log: string) =>
  verified({ eventStore: server.url, log: `file:${join(root, log)}`, policy: { keys: [signer.verifier] } });

describe('verification of EventStoreDB, by its bare client', () => {
  it('finds the log’s events as they were logged, in one reading', async () => {
    const { findings, report } = await verify('log');
    // And the one tombstone and the one review that should not be there.
    expect(findings).toMatchObject([tombstone, review]);
    expect(report).toMatchObject({ intact: false, events: 700, logSize: 600, notInLog: 100, checkpoints: 3 });
  });

  it('names what the log knows otherwise', async () => {
    const others = sampleEvents(600, (i) => (i === 99 ? { reason: 'otherwise' } : {}));
    const swapped = others.map((event, i) => others[i === 200 ? 300 : i === 300 ? 200 : i] ?? event);
    await writeLog(join(root, 'other'), swapped, [600], signer);
    expect((await verify('other')).findings).toMatchObject([
      { code: 'EVENT_CHANGED', index: 99, eventId: events[99]?.eventId },
      { code: 'EVENT_REORDERED' },
      { code: 'EVENT_REORDERED' },
      tombstone,
      review,
    ]);
  });
});
