import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import type { Lease, ReadStore } from '#read-store';
import { openMongoReadStore } from '#read-store/mongodb';
import { startServer, type TestServer } from '../support/servers/index.js';
import { newDatabase } from './mongodb-database.js';

const name = 'things';
/** Time enough for what is to succeed on a busy machine; the driver by itself would wait for 30 s, or for ever. */
const deadlineMs = 5_000;
const inTimeMs = 25_000;
const longestReturnMs = 100_000;
const at = (events: number) => ({ position: `p${events}`, events });
const away = { kind: 'unavailable', code: 'STORE_UNAVAILABLE' };
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    ({ kind, code, message }: { kind: string; code: string; message: string }) => ({
      ...{ kind, code },
      ...(kind === 'bug' ? { message } : {}),
    }),
  );

let server: TestServer;
let store: ReadStore;
let lease: Lease;
beforeAll(async () => {
  server = await startServer('mongodb');
});
afterAll(() => server.stop());
beforeEach(async () => {
  store = await newDatabase(server.url).open({ deadlineMs });
  await store.ensureCollection({ name, indexes: ['n'] });
  lease = (await store.acquireLease('writer', 'me', 60_000))!;
  await store.commit(name, lease, undefined, at(1), [{ put: { id: 'a', n: 1 } }]);
});

/** Every kind of call, at once. */
const callsOf = (from: ReadStore, expected = 1) => [
  from.probe(),
  from.get(name, 'a'),
  from.getMany(name, ['a']),
  from.query(name, { sort: { field: 'n', direction: 'asc' }, limit: 5 }),
  from.count(name),
  Array.fromAsync(from.scan(name)),
  from.checkpoint(name),
  from.collections(),
  from.ensureCollection({ name, indexes: ['n'] }),
  from.getSetting('k'),
  from.setSetting(`k${expected}`, undefined, 'v'),
  from.acquireLease('writer', 'me', 60_000),
  from.commit(name, lease, at(expected), at(expected + 1), [{ put: { id: 'a', n: expected + 1 } }]),
];

/** How long every call takes to fail, in milliseconds. */
async function allFail(from: ReadStore): Promise<number> {
  const began = performance.now();
  const calls = callsOf(from);
  expect(await Promise.all(calls.map(outcome))).toEqual(calls.map(() => away));
  return performance.now() - began;
}

async function answers(from: ReadStore): Promise<void> {
  const began = performance.now();
  const last: unknown[] = [];
  while (last.at(-1) !== 'done' && performance.now() - began < longestReturnMs) {
    last.push(
      await from.probe().then(
        () => 'done',
        (error: unknown) => error,
      ),
    );
    await systemClock.sleep(20);
  }
  expect(last.at(-1)).toBe('done');
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await systemClock.sleep(5);
}

/** Goes on from wherever the last commit left it, which may have been done. */
async function goesOn(from: ReadStore): Promise<void> {
  await answers(from);
  const { events } = (await from.checkpoint(name))!;
  expect(await from.get(name, 'a')).toEqual({ id: 'a', n: events });
  const calls = callsOf(from, events);
  expect(await Promise.all(calls.map(outcome))).toEqual(calls.map(() => 'done'));
  expect(await from.query(name, { limit: 5 })).toEqual([{ id: 'a', n: events + 1 }]);
}

describe('MongoDB that is away', () => {
  it('killed: every call ends as unavailable within its deadline, and all go on when it is back', async () => {
    await server.kill();
    expect(await allFail(store)).toBeLessThan(inTimeMs);
    await server.restart();
    await goesOn(store);
    await store.close();
  });

  it('silent, with connections that stay open: the same, and closing waits no longer than a call', async () => {
    const other = await newDatabase(server.url).open({ deadlineMs });
    await other.probe();
    server.pause();
    try {
      expect(await allFail(store)).toBeLessThan(inTimeMs);
      const began = performance.now();
      const late = outcome(other.probe());
      await other.close();
      expect(performance.now() - began).toBeLessThan(inTimeMs);
      expect(await late).toEqual(away);
    } finally {
      server.resume();
    }
    await goesOn(store);
    await store.close();
  });

  it('keeps nobody from opening: the store is there when the server is', async () => {
    await server.kill();
    const { url } = server;
    const early = await openMongoReadStore({ url, database: 'early', deadlineMs });
    expect(await outcome(early.probe())).toEqual(away);
    await server.restart();
    await answers(early);
    await early.ensureCollection({ name, indexes: [] });
    expect(await early.collections()).toEqual([name]);
    await early.close();
    await store.close();
  });

  it('restarted in the midst of commits holds each that was promised, whole', async () => {
    let promised = 1;
    let stop = false;
    const committing = (async () => {
      while (!stop && promised < 2000) {
        const { events } = (await store.checkpoint(name)) ?? at(0);
        const writes = Array.from({ length: 40 }, (_, i) => ({ put: { id: `${i}`, n: events + 1 } }));
        await store.commit(name, lease, at(events), at(events + 1), writes);
        promised = events + 1;
      }
    })().catch((error: unknown) => error);
    await Promise.race([committing, until(() => promised >= 5)]);
    await server.restart();
    stop = true;
    await committing;
    await answers(store);
    const { events } = (await store.checkpoint(name))!;
    expect([promised, promised + 1]).toContain(events);
    const rows = await store.query(name, { where: [{ field: 'n', is: events }], limit: 1000 });
    expect(rows).toHaveLength(40);
    expect(await store.count(name)).toBe(41);
    await store.close();
  });
});
