import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventStore } from '#event-store';
import { openEventStoreDb } from '#event-store/eventstoredb';
import { all, events, follow, idsOf, newStream, outcome, upTo } from '#event-store/testing';
import { startFaultyServer, type FaultyServer } from './eventstoredb-server.js';

const unavailable = { kind: 'unavailable', code: 'STORE_UNAVAILABLE' };
/** Longer than anything here takes, however busy the machine. */
const longMs = 120_000;

let server: FaultyServer;
let store: EventStore;
/** The same one for who cannot wait, where a call is to fail. */
let hurried: EventStore;
beforeAll(async () => {
  server = await startFaultyServer();
});
beforeEach(async () => {
  store = await openEventStoreDb(server.options);
  hurried = await openEventStoreDb(server.hurried);
});
afterEach(async () => {
  await server.tell('clear');
  await store.close();
  await hurried.close();
});
afterAll(() => server.stop());

/** Only what comes from now on. */
const fromNow = async (kinds?: readonly string[]) => {
  const head = await store.head();
  return follow(store, { ...(head ? { after: head } : {}), ...(kinds ? { kinds } : {}) });
};

/** Appends that go on whatever happens, as a service would: the same again until it is answered. */
async function appendAnyhow(count: number, kind = 'run'): Promise<string[]> {
  const [stream, sent] = [newStream(kind), events(count)];
  for (const [i, one] of sent.entries())
    for (let result: unknown = unavailable; (result as { code?: string }).code !== undefined;) {
      result = await outcome(store.append(stream, i === 0 ? 'none' : i - 1, [one]));
      if ((result as { code?: string }).code !== undefined) expect(result).toEqual(unavailable);
    }
  expect(idsOf(await all(store.readStream(stream)))).toEqual(idsOf(sent));
  return idsOf(sent);
}

describe('eventstoredb: an append', () => {
  it.each([
    'append-hangs-before-write',
    'append-hangs-after-write',
    'append-fails-after-write',
    'append-unavailable',
    'append-not-leader',
    'append-not-ready',
    'append-times-out',
  ] as const)('that meets %s is there once, and its answer is the first one', async (fault) => {
    const [stream, sent] = [newStream(), events(3)];
    await server.tell(fault);
    const result = await store.append(stream, 'none', sent);
    expect(result).toMatchObject({ revision: 2 });
    expect((await server.tell('state')).waiting).toBe(0);
    const read = await all(store.readStream(stream));
    expect(idsOf(read)).toEqual(idsOf(sent));
    expect(read.at(-1)?.position).toBe(result.position);
    expect(await store.append(stream, 'none', sent)).toEqual(result);
  });

  it('whose first try is carried out after its second is there once', async () => {
    const [stream, sent, after] = [newStream(), events(2), events(1)];
    const patient = await openEventStoreDb({ ...server.options, tryMs: 30_000, callMs: 30_000 });
    await server.tell('append-delayed', { ms: 2 * server.options.tryMs });
    const twice = store.append(stream, 'none', sent);
    while ((await server.tell('state')).waiting > 0) await setTimeout(5);
    // Delayed as much, begun later: when it is over, so is the first try.
    await server.tell('append-delayed', { ms: 2 * server.options.tryMs });
    const last = patient.append(newStream(), 'none', events(1));
    while ((await server.tell('state')).waiting > 0) await setTimeout(5);
    expect(await twice).toMatchObject({ revision: 1 });
    await store.append(stream, 1, after);
    await last;
    await patient.close();
    expect(idsOf(await all(store.readStream(stream)))).toEqual(idsOf([...sent, ...after]));
  });

  it('that is never answered is looked for, and found when it was carried out', async () => {
    const [stream, sent] = [newStream(), events(2)];
    // Its last look has as long as two tries.
    const looking = await openEventStoreDb({ ...server.hurried, tryMs: 2_500 });
    await server.tell('append-hangs-after-write', { times: 1000 });
    const result = await looking.append(stream, 'none', sent);
    await looking.close();
    expect(result).toMatchObject({ revision: 1 });
    expect((await all(store.readStream(stream))).at(-1)?.position).toBe(result.position);
  });

  it('that is never answered nor carried out is unavailable in time, and may be repeated', async () => {
    const [stream, sent] = [newStream(), events(2)];
    await server.tell('append-hangs-before-write', { times: 1000 });
    const began = performance.now();
    expect(await outcome(hurried.append(stream, 'none', sent))).toEqual(unavailable);
    expect(performance.now() - began).toBeLessThan(server.hurried.callMs + longMs / 4);
    await server.tell('clear');
    expect(await store.append(stream, 'none', sent)).toMatchObject({ revision: 1 });
  });

  it('that loses its race while it is in doubt is refused, and nobody’s event is lost', async () => {
    const [stream, other] = [newStream(), await openEventStoreDb(server.options)];
    // Its second try comes when the first is cut off, and not before the other has won.
    const patient = await openEventStoreDb({ ...server.options, tryMs: longMs, callMs: longMs });
    await server.tell('append-hangs-before-write');
    const doubtful = outcome(patient.append(stream, 'none', events(1)));
    while ((await server.tell('state')).waiting > 0) await setTimeout(5);
    const winner = events(2);
    await other.append(stream, 'none', winner);
    await server.tell('connections-cut');
    expect(await doubtful).toEqual({ kind: 'conflict', code: 'WRONG_REVISION' });
    expect(idsOf(await all(store.readStream(stream)))).toEqual(idsOf(winner));
    await other.close();
    await patient.close();
  });

  it('does not suffer from a neighbour that hangs', async () => {
    const hanging = newStream();
    await server.tell('append-hangs-before-write');
    const results = await Promise.all([
      store.append(hanging, 'none', events(1)),
      ...upTo(50).map(() => store.append(newStream(), 'none', events(2))),
    ]);
    expect(results.map(({ revision }) => revision)).toEqual([0, ...upTo(50).map(() => 1)]);
  });
});

describe('eventstoredb: a read', () => {
  it('goes on where it was when the engine fails in the middle, without gap or repeat', async () => {
    const [stream, sent] = [newStream('sweep'), events(600)];
    const start = await store.head();
    await store.append(stream, 'none', sent);
    for (const after of [0, 1, 299, 599]) {
      await server.tell('read-unavailable', { after });
      expect(idsOf(await all(store.readStream(stream)))).toEqual(idsOf(sent));
      const options = { kinds: ['sweep'], ...(start ? { after: start } : {}) };
      await store.head();
      await server.tell('read-unavailable', { after, times: 2 });
      expect(idsOf(await all(store.readAll({ ...options, limit: 600 })))).toEqual(idsOf(sent));
      expect((await server.tell('state')).waiting).toBe(0);
    }
  });

  it('that hangs is tried again, and one that always hangs is unavailable in time', async () => {
    const stream = newStream();
    await store.append(stream, 'none', events(3));
    await server.tell('read-hangs');
    expect(await all(store.readStream(stream))).toHaveLength(3);
    await server.tell('read-hangs', { times: 1000 });
    const calls = [all(hurried.readStream(stream)), all(hurried.readAll()), hurried.head(), hurried.probe()];
    expect(await Promise.all(calls.map(outcome))).toEqual(calls.map(() => unavailable));
  });
});

describe('eventstoredb: a subscription', () => {
  it.each([
    'subscriptions-end',
    'subscriptions-fail',
    'subscriptions-silent',
    'subscriptions-fall-behind',
  ] as const)('goes on after %s, without gap or repeat', async (fault) => {
    const [everything, runs] = [await fromNow(), await fromNow(['run'])];
    const sent: string[] = [];
    const ownRuns: string[] = [];
    for (let i = 0; i < 30; i++) {
      const [kind, batch] = [i % 3 === 0 ? 'sweep' : 'run', events(2)];
      await store.append(newStream(kind), 'none', batch);
      sent.push(...idsOf(batch));
      if (kind === 'run') ownRuns.push(...idsOf(batch));
      if (i % 10 === 5) await server.tell(fault);
    }
    await everything.until(() => everything.seen.length >= sent.length);
    await runs.until(() => runs.seen.length >= ownRuns.length);
    const head = await store.head();
    await Promise.all([everything.reaches(head), runs.reaches(head)]);
    expect(idsOf(everything.seen)).toEqual(sent);
    expect(idsOf(runs.seen)).toEqual(ownRuns);
    expect(await Promise.all([everything.stop(), runs.stop()])).toEqual(['ended', 'ended']);
  });

  it.each(['subscribe-unavailable', 'subscribe-hangs'] as const)(
    'that meets %s begins all the same, at once with what other processes append',
    async (fault) => {
      const other = await openEventStoreDb(server.options);
      await server.tell(fault, { times: 2 });
      const follower = await fromNow(['run']);
      const sent = events(2);
      const { position } = await other.append(newStream(), 'none', sent);
      await follower.until(() => follower.seen.length >= 2);
      await follower.reaches(position);
      expect(idsOf(follower.seen)).toEqual(idsOf(sent));
      await follower.stop();
      await other.close();
    },
  );

  it('hears how far the store is although its filter drops what others append', async () => {
    const other = await openEventStoreDb(server.options);
    const follower = await fromNow(['rollout']);
    for (let i = 0; i < 3; i++) {
      const { position } = await other.append(newStream('run'), 'none', events(1));
      await follower.reaches(position);
    }
    expect(follower.seen).toEqual([]);
    await follower.stop();
    await other.close();
  });
});

describe('eventstoredb: an engine that is away', () => {
  it('killed and restarted thrice under load loses, doubles and reorders nothing', async () => {
    const start = await store.head();
    const followers = [await fromNow(), await fromNow(['run']), await fromNow(['run', 'sweep'])];
    const writing = upTo(6).map((i) => appendAnyhow(40, i % 2 ? 'sweep' : 'run'));
    for (let i = 1; i <= 3; i++) {
      await followers[0]!.until(() => followers[0]!.seen.length >= i * 40);
      await server.restart();
    }
    const sent = await Promise.all(writing);
    const history = await all(store.readAll(start ? { after: start } : {}));
    expect(idsOf(history).sort()).toEqual(sent.flat().sort());
    for (const [i, one] of followers.entries()) {
      const wanted = history.filter(({ stream }) => i !== 1 || stream.startsWith('run-'));
      await one.until(() => one.seen.length >= wanted.length);
      expect(idsOf(one.seen)).toEqual(idsOf(wanted));
      await one.reaches(history.at(-1)?.position);
      expect(await one.stop()).toBe('ended');
    }
  });

  it('is told by every call in time, and by probe; idle subscriptions wait and go on', async () => {
    const follower = await fromNow();
    const stream = newStream();
    await store.append(stream, 'none', events(1));
    await server.kill();
    const calls = [
      hurried.append(stream, 0, events(1)),
      all(hurried.readStream(stream)),
      all(hurried.readAll()),
      hurried.head(),
      hurried.probe(),
    ];
    expect(await Promise.all(calls.map(outcome))).toEqual(calls.map(() => unavailable));
    await server.restart();
    await store.probe();
    const { position } = await store.append(newStream(), 'none', events(1));
    await follower.reaches(position);
    expect(follower.seen.length).toBe(2 + Number(follower.seen.length > 2));
    expect(await follower.stop()).toBe('ended');
  });

  it('half open: a connection that stands and says nothing is left for another', async () => {
    const follower = await fromNow();
    await store.append(newStream(), 'none', events(1));
    server.pause();
    const probed = await outcome(hurried.probe());
    const appended = outcome(store.append(newStream(), 'none', events(2)));
    server.resume();
    expect(probed).toEqual(unavailable);
    expect(await appended).toMatchObject({ revision: 1 });
    await follower.until(() => follower.seen.length === 3);
    await follower.reaches(await store.head());
    expect(await follower.stop()).toBe('ended');
  });

  it('cut off again and again, and refusing for a while, changes nothing', async () => {
    const follower = await fromNow();
    const writing = appendAnyhow(60);
    for (let i = 1; i <= 5; i++) {
      await follower.until(() => follower.seen.length >= i * 8);
      await server.tell('connections-cut');
    }
    await server.tell('connections-refused');
    await server.tell('connections-cut');
    await server.tell('connections-accepted');
    const sent = await writing;
    await follower.until(() => follower.seen.length >= sent.length);
    expect(idsOf(follower.seen)).toEqual(sent);
    expect(await follower.stop()).toBe('ended');
  });

  it('may be opened all the same, and closed at once', async () => {
    await server.kill();
    const early = await openEventStoreDb({ ...server.options, tryMs: longMs, callMs: longMs });
    const follower = follow(early);
    expect(await outcome(hurried.probe())).toEqual(unavailable);
    const closed = { kind: 'unavailable', code: 'STORE_CLOSED' };
    const began = performance.now();
    await early.close();
    expect(await follower.ended).toEqual(closed);
    expect(performance.now() - began).toBeLessThan(longMs / 2);
    await server.restart();
  });
});
