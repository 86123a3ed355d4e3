import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { streamId, systemChance, systemClock, type Decider, type StreamId } from '#kernel';
import { nameId } from '#evidence';
import { eventCodec } from '#contracts/stored';
import type { EventStore } from '#event-store';
import { openSqliteEventStore } from '#event-store/sqlite';
import type { Document, ReadStore } from '#read-store';
import { openSqliteReadStore } from '#read-store/sqlite';
import {
  commandHandler,
  startProjection,
  startReactor,
  type CommandContext,
  type Projection,
} from './index.js';

type Counted = { readonly type: 'Counted'; readonly by: number };
const counter: Decider<{ by: number; limit?: number }, number, Counted> = {
  initial: 0,
  decide: ({ by, limit = Infinity }, total) => (total + by > limit ? [] : [{ type: 'Counted', by }]),
  evolve: (total, { by }) => total + by,
};
const codec = eventCodec<Counted>({ Counted: { version: 1 } });
const stream = (name: string): StreamId => streamId('counter', nameId('counter', name));
const context = (): CommandContext => ({
  commandId: systemChance.uuid(),
  actor: { id: 'a', type: 'person', roles: [] },
  correlationId: 'c',
  receivedAt: systemClock.now(),
});
const totals = (version = 1): Projection<Document & { total: number }> => ({
  name: 'totals',
  version,
  kinds: ['counter'],
  indexes: ['total'],
  ids: (event) => [event.stream],
  project: (doc, event, id) => ({ id, total: (doc?.total ?? 0) + (event.data['by'] as number) * version }),
});

describe('runtime on the embedded stores', () => {
  let dir: string;
  let eventStore: EventStore;
  let readStore: ReadStore;
  const open = async () => {
    eventStore = await openSqliteEventStore({ path: join(dir, 'events.db') });
    readStore = await openSqliteReadStore({ path: join(dir, 'read.db') });
  };
  const close = () => Promise.all([eventStore.close(), readStore.close()]);
  const handler = () =>
    commandHandler({
      decider: counter,
      codec,
      eventStore,
      service: { name: 'test', version: '0' },
      clock: systemClock,
      chance: systemChance,
    });
  const run = (projection = totals(), owner = 'one') =>
    startProjection({ projection, eventStore, readStore, clock: systemClock, owner });

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'holdfast-runtime-'));
    await open();
  });
  afterEach(async () => {
    await close();
    await rm(dir, { recursive: true });
  });

  it('twenty callers of two handlers count to twenty', async () => {
    const handlers = [handler(), handler()];
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => handlers[i % 2]!.execute(stream('a'), { by: 1 }, context())),
    );
    expect(await handler().load(stream('a'))).toMatchObject({ state: 20, revision: 19 });
  });

  it('the same command twice appends once', async () => {
    const once = context();
    const first = await handler().execute(stream('a'), { by: 1, limit: 1 }, once);
    expect(first.events).toHaveLength(1);
    expect((await handler().execute(stream('a'), { by: 1, limit: 1 }, once)).events).toEqual([]);
  });

  it('a projection follows, is waited for, and is the same when rebuilt', async () => {
    const runner = run();
    const commands = handler();
    for (let i = 0; i < 700; i++) await commands.execute(stream(`s${i % 7}`), { by: i }, context());
    const head = await eventStore.head();
    await runner.waitFor(head!, 10_000);
    expect((await runner.view.query({ limit: 1000 })).map(({ total }) => total).reduce((a, b) => a + b)).toBe(
      (699 * 700) / 2,
    );
    const result = await runner.rebuild();
    expect(result).toMatchObject({ identical: true, documents: 7 });
    await commands.execute(stream('s0'), { by: 1 }, context());
    await runner.waitFor((await eventStore.head())!, 10_000);
    expect((await runner.status()).generation).toBe(2);
    await runner.close();
  });

  it('a rebuild names the first document that someone changed', async () => {
    const runner = run();
    const { position } = await handler().execute(stream('a'), { by: 2 }, context());
    await runner.waitFor(position!, 10_000);
    const lease = await readStore.acquireLease('projection:totals', 'one', 10_000);
    const before = await readStore.checkpoint('totals@1.1');
    await readStore.commit('totals@1.1', lease!, before, before!, [{ put: { id: stream('a'), total: 9 } }]);
    const result = await runner.rebuild();
    expect(result).toMatchObject({
      identical: false,
      firstDifference: {
        id: stream('a'),
        live: expect.stringContaining('9'),
        rebuilt: expect.stringContaining('2'),
      },
    });
    expect((await runner.view.get(stream('a')))?.total).toBe(2);
    await runner.close();
  });

  it('a new version of the code rebuilds the model on start', async () => {
    const first = run();
    const { position } = await handler().execute(stream('a'), { by: 2 }, context());
    await first.waitFor(position!, 10_000);
    await first.close();
    const second = run(totals(2));
    await second.waitFor(position!, 10_000);
    expect((await second.view.get(stream('a')))?.total).toBe(4);
    expect(await readStore.collections()).toEqual(['totals@2.2']);
    await second.close();
  });

  it('of two instances one writes, the other takes over when it ends', async () => {
    const [one, two] = [run(totals(), 'one'), run(totals(), 'two')];
    const commands = handler();
    const first = await commands.execute(stream('a'), { by: 1 }, context());
    await Promise.all([one.waitFor(first.position!, 10_000), two.waitFor(first.position!, 10_000)]);
    await one.close();
    const second = await commands.execute(stream('a'), { by: 1 }, context());
    await two.waitFor(second.position!, 15_000);
    expect((await two.view.get(stream('a')))?.total).toBe(2);
    await two.close();
  });

  it('pages do not lose or repeat rows, and a token of another list is refused', async () => {
    const runner = run();
    let position;
    for (let i = 0; i < 25; i++)
      ({ position } = await handler().execute(stream(`p${i}`), { by: i % 5 }, context()));
    await runner.waitFor(position!, 10_000);
    const sort = { field: 'total', direction: 'desc' } as const;
    const seen: number[] = [];
    let pageToken = '';
    do {
      const page = await runner.view.page({ sort, pageSize: 4, pageToken });
      seen.push(...page.items.map(({ total }) => total));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => 4 - Math.floor(i / 5)));
    const { nextPageToken } = await runner.view.page({ sort, pageSize: 4, pageToken: '' });
    await expect(runner.view.page({ pageSize: 4, pageToken: nextPageToken })).rejects.toMatchObject({
      code: 'PAGE_TOKEN_STALE',
    });
    await runner.close();
  });

  it('a reactor handles each event once across restarts, and parks what always fails', async () => {
    const handled: number[] = [];
    const options = { eventStore, readStore, clock: systemClock, owner: 'one' };
    const seen = Promise.withResolvers<void>();
    const react = (until: number) =>
      startReactor(
        {
          name: 'adder',
          kinds: ['counter'],
          maxTries: 2,
          async handle(event) {
            const by = event.data['by'] as number;
            if (by === 2) throw new Error('always');
            handled.push(by);
            if (by === until) seen.resolve();
          },
        },
        options,
      );
    for (const by of [1, 2, 3]) await handler().execute(stream('a'), { by }, context());
    const reactor = react(3);
    await seen.promise;
    expect(handled).toEqual([1, 3]);
    expect(await reactor.parked()).toMatchObject([{ type: 'Counted', reason: 'Error: always' }]);
    await reactor.close();
    await handler().execute(stream('a'), { by: 4 }, context());
    const again = Promise.withResolvers<void>();
    const second = startReactor(
      {
        name: 'adder',
        kinds: ['counter'],
        handle: async (event) => void (handled.push(event.data['by'] as number), again.resolve()),
      },
      options,
    );
    await again.promise;
    expect(handled).toContain(4);
    await second.close();
  });
});
