import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { EventStoreDBClient, type AppendResult } from '@eventstore/db-client';
import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { all, events, failureOf, first, newStream } from './checks/behaviour.js';
import type { ControlState } from './control.js';
import { callFaults, subscriptionFaults } from './faults.js';
import { startProcess, type ServerProcess } from './process.js';

describe('faults on demand', () => {
  let dir: string;
  let server: ServerProcess;
  let client: EventStoreDBClient;
  let stream: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'holdfast-eventstoredb-'));
    server = await startProcess(dir);
  });

  beforeEach(() => {
    client = EventStoreDBClient.connectionString(server.connectionString);
    stream = newStream();
  });

  afterEach(async () => {
    await server.control('clear');
    await client.dispose();
  });

  afterAll(async () => {
    await server.stop();
    await rm(dir, { recursive: true });
  });

  /** With credentials the client does not batch. */
  const older = { credentials: { username: 'admin', password: 'changeit' } };
  const append = (options = {}): Promise<AppendResult> => client.appendToStream(stream, events(1), options);
  const written = async (): Promise<number> => {
    try {
      return (await all(client.readStream(stream))).length;
    } catch {
      return 0;
    }
  };
  const until = async (holds: (state: ControlState) => boolean): Promise<void> => {
    while (!holds(await server.control('state'))) await setTimeout(5);
  };
  /** Opens a subscription that has caught up; `found` are the events that it has had. */
  const subscribed = async () => {
    const subscription = client.subscribeToStream(stream);
    const found: bigint[] = [];
    const end = (async () => {
      for await (const { event } of subscription) found.push(event?.revision ?? -1n);
    })();
    end.catch(() => {});
    await once(subscription, 'caughtUp');
    return { subscription, found, end };
  };

  it.each([
    ['append-hangs-before-write', 0],
    ['append-hangs-after-write', 1],
  ])('%s: the append is never answered', async (fault, count) => {
    const { hung } = await server.control(fault);
    let answered = false;
    // The client gives up after ten seconds unless it is told otherwise.
    const hanging = append({ deadline: 600_000 }).finally(() => (answered = true));
    hanging.catch(() => {});
    await until((state) => state.hung > hung);
    expect(await written()).toBe(count);
    expect(answered).toBe(false);
    // Others are served as before.
    await client.appendToStream(newStream(), events(1));
    expect(answered).toBe(false);
  });

  it('a hanging append of the older call ends at the deadline of its caller', async () => {
    await server.control('append-hangs-before-write');
    expect((await failureOf(append({ ...older, deadline: 100 })))['type']).toBe('deadline-exceeded');
  });

  it.each([
    ['append-unavailable', 0, 'unavailable'],
    ['append-fails-after-write', 1, 'unavailable'],
    ['append-times-out', 0, 'deadline-exceeded'],
    // As the real server has it: nothing in the answer tells the client what it is.
    ['append-not-ready', 0, 'unknown'],
  ])('%s: the append fails', async (fault, count, type) => {
    await server.control(fault);
    expect((await failureOf(append()))['type']).toBe(type);
    expect(await written()).toBe(count);
    expect((await append()).success).toBe(true);
  });

  it('append-not-leader: the append fails with the address of the leader', async () => {
    await server.control('append-not-leader', { host: 'leader.example', port: 2113 });
    const failure = await failureOf(append());
    expect([failure['type'], failure['leader']]).toEqual([
      'not-leader',
      { address: 'leader.example', port: 2113 },
    ]);
  });

  it('append-delayed: the append is answered later', async () => {
    await server.control('append-delayed', { ms: 200 });
    const asked = performance.now();
    await append();
    expect(performance.now() - asked).toBeGreaterThanOrEqual(190);
  });

  it('a fault befalls as many calls as it was asked for', async () => {
    const { waiting } = await server.control('append-times-out', { times: 2 });
    expect(waiting).toBe(2);
    for (let call = 0; call < 2; call++)
      expect((await failureOf(append()))['type']).toBe('deadline-exceeded');
    expect((await append()).success).toBe(true);
  });

  it('read-hangs, read-unavailable, read-delayed: the read is not answered, breaks off, comes later', async () => {
    await client.appendToStream(stream, events(5));
    const { hung } = await server.control('read-hangs');
    const hanging = client.readStream(stream);
    hanging.on('error', () => {});
    await until((state) => state.hung > hung);
    await hanging.cancel();

    await server.control('read-unavailable', { after: 2 });
    const seen: unknown[] = [];
    const broken = (async () => {
      for await (const item of client.readStream(stream)) seen.push(item);
    })();
    expect((await failureOf(broken))['type']).toBe('unavailable');
    expect(seen.length).toBeLessThanOrEqual(2);

    await server.control('read-delayed', { ms: 50 });
    expect(await written()).toBe(5);
  });

  it('subscribe-unavailable, subscribe-hangs: the subscription is refused, or never confirmed', async () => {
    await server.control('subscribe-unavailable');
    expect((await failureOf(first(1, client.subscribeToStream(stream))))['type']).toBe('unavailable');
    const { hung } = await server.control('subscribe-hangs');
    const unconfirmed = client.subscribeToStream(stream);
    let confirmed = false;
    unconfirmed.on('confirmation', () => (confirmed = true)).on('error', () => {});
    await until((state) => state.hung > hung);
    expect(confirmed).toBe(false);
    await unconfirmed.unsubscribe();
  });

  it('subscriptions-silent: open ones stay open and deliver nothing; new ones deliver', async () => {
    const silent = await subscribed();
    await server.control('subscriptions-silent');
    await append();
    const [other] = await first(1, client.subscribeToStream(stream));
    expect(other?.event?.revision).toBe(0n);
    expect(silent.found).toEqual([]);
    expect((await server.control('state')).subscriptions).toBeGreaterThanOrEqual(1);
    await silent.subscription.unsubscribe();
  });

  it('subscriptions-end: they end as if they were over', async () => {
    const { end } = await subscribed();
    await server.control('subscriptions-end');
    await expect(end).resolves.toBeUndefined();
  });

  it('subscriptions-fail: they end with an error', async () => {
    const { end } = await subscribed();
    await server.control('subscriptions-fail');
    expect((await failureOf(end))['type']).toBe('unavailable');
  });

  it('subscriptions-fall-behind: they are told so, as servers of other versions do', async () => {
    const { subscription } = await subscribed();
    const told = once(subscription, 'fellBehind');
    await server.control('subscriptions-fall-behind');
    await told;
    await subscription.unsubscribe();
  });

  it('connections-cut: calls under way fail, the next ones connect anew', async () => {
    const { end } = await subscribed();
    await server.control('connections-cut');
    expect((await failureOf(end))['type']).toBe('unavailable');
    expect((await append()).success).toBe(true);
  });

  it('connections-refused, connections-accepted: nobody gets in, until one may again', async () => {
    await server.control('connections-refused');
    await server.control('connections-cut');
    expect((await failureOf(append()))['code']).toBe(status.UNAVAILABLE);
    await server.control('connections-accepted');
    await client.dispose();
    client = EventStoreDBClient.connectionString(server.connectionString);
    expect((await append()).success).toBe(true);
  });

  it('lets go of a subscription whose client has left', async () => {
    // Those of the tests before it are let go of in their own time.
    await until(({ subscriptions }) => subscriptions === 0);
    const { subscription } = await subscribed();
    expect((await server.control('state')).subscriptions).toBe(1);
    await subscription.unsubscribe();
    await until(({ subscriptions }) => subscriptions === 0);
  });

  it('tells what it knows when it is asked for something else', async () => {
    const { message } = await failureOf(server.control('append-hangs'));
    for (const name of [...callFaults, ...subscriptionFaults]) expect(message).toContain(name);
  });
});
