import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { systemChance, systemClock } from '#kernel';
import { canonicalize, digestBytes } from '#evidence';
import { encodeEnvelope } from '#contracts/stored';
import type { EventStore, Position } from '#event-store';
import type { Checkpoint, ReadStore } from '#read-store';
import { collectionWriter } from './collection-writer.js';
import {
  contextOf,
  counterCodec,
  onBench,
  openBench,
  streamOf,
  totals,
  type Bench,
  type Total,
} from './testing/bench.js';
import { startProjection, type ProjectionRunner } from './index.js';

const stream = streamOf('a');
/** Nothing is waited for so long on any machine; it ends before the test does, and says why. */
const lookMs = 150_000;

async function documentsOf({ readStore }: Bench, collection: string): Promise<string[]> {
  return (await Array.fromAsync(readStore.scan(collection))).flat().map((doc) => canonicalize(doc));
}

/** An event of another kind, or of a version that nobody knows yet. */
const append = ({ eventStore }: Bench, kind: string, schemaVersion = 1, type = 'Counted') =>
  eventStore.append(streamOf(systemChance.uuid(), kind), 'none', [
    {
      eventId: systemChance.uuid(),
      type,
      bytes: encodeEnvelope({
        metadata: {
          actor: { id: 'a', type: 'person', roles: [] },
          correlationId: 'c',
          recordedAt: systemClock.now(),
          service: 'test',
          serviceVersion: '0',
          schemaVersion,
        },
        data: { by: 1 },
      }),
    },
  ]);

describe('projection runner', () => {
  it('builds the same documents whatever the history, live, rebuilt and by a new version', async () => {
    const step = fc.record({ name: fc.constantFrom('a', 'b', 'c'), by: fc.integer({ min: -5, max: 5 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.array(step, { maxLength: 20 }),
        async (before, during) => {
          const bench = await openBench();
          try {
            const commands = bench.handler();
            const write = async (steps: typeof before) => {
              for (const { name, by } of steps) await commands.execute(streamOf(name), { by }, contextOf());
            };
            await write(before.slice(0, 10));
            const runner = bench.run();
            await write(before.slice(10));
            const [result] = await Promise.all([untilWriter(() => runner.rebuild()), write(during)]);
            expect(result.identical).toBe(true);
            const head = await bench.eventStore.head();
            if (head) await runner.waitFor(head, lookMs);
            const live = await documentsOf(bench, 'totals@1.2');
            const again = await runner.rebuild();
            const digest = digestBytes(live.map((text) => `${text}\n`).join(''));
            expect(again).toEqual({ identical: true, documents: live.length, digest });
            expect(await documentsOf(bench, 'totals@1.3')).toEqual(live);
            expect(await bench.readStore.collections()).toEqual(['totals@1.3']);
          } finally {
            await bench.dispose();
          }
        },
      ),
      { numRuns: 8 },
    );
  });

  it(
    'answers queries throughout a rebuild, from one generation or the other',
    onBench(async ({ handler, run, eventStore }) => {
      const commands = handler();
      for (let i = 0; i < 300; i++) await commands.execute(streamOf(`s${i % 30}`), { by: 1 }, contextOf());
      const runner = run();
      await runner.waitFor((await eventStore.head()) as Position, lookMs);
      let running = true;
      let answered = 0;
      const ask = async () => {
        while (running) {
          expect(await runner.view.count([{ field: 'total', is: 10 }])).toBe(30);
          expect((await runner.view.query({ limit: 1000 })).length).toBe(31);
          answered++;
        }
      };
      const asking = Promise.all([ask(), ask()]).finally(() => (running = false));
      asking.catch(() => undefined);
      for (let i = 0; running && (i < 5 || answered <= 10); i++)
        expect((await runner.rebuild()).identical).toBe(true);
      running = false;
      await asking;
    }),
  );

  it(
    'lets one rebuild run at a time, and leaves nothing of one that was interrupted',
    onBench(async ({ handler, run, readStore, eventStore }) => {
      const commands = handler();
      for (let i = 0; i < 50; i++) await commands.execute(stream, { by: 1 }, contextOf());
      const runner = run();
      await runner.waitFor((await eventStore.head()) as Position, lookMs);
      const first = runner.rebuild();
      await expect(runner.rebuild()).rejects.toMatchObject({ code: 'REBUILD_RUNNING' });
      await first;
      const outcome = runner.rebuild().then(
        () => 'done',
        () => 'interrupted',
      );
      await runner.close();
      await outcome;
      expect(await readStore.collections()).toHaveLength(1);
    }),
  );

  it(
    'an older writer cannot undo a newer one',
    onBench(async ({ handler, readStore, eventStore }) => {
      await handler().execute(stream, { by: 1 }, contextOf());
      await readStore.ensureCollection({ name: 'totals@1.1', indexes: ['total'] });
      const old = (await readStore.acquireLease('projection:totals', 'old', 0))!;
      const [events] = await Array.fromAsync(eventStore.readAll());
      const fold = async (lease: typeof old, from = undefined as Checkpoint | undefined) => {
        const target = { collection: 'totals@1.1', lease, from };
        const writer = collectionWriter(target, { readStore, projection: totals() as never });
        await writer.fold(events!);
        await writer.settled();
        return writer.at();
      };
      const taken = (await readStore.acquireLease('projection:totals', 'new', 60_000))!;
      expect(taken.token).toBeGreaterThan(old.token);
      const at = await fold(taken);
      await expect(fold(old, at)).rejects.toMatchObject({ code: 'LEASE_LOST' });
      await expect(fold(taken)).rejects.toMatchObject({ code: 'STALE_CHECKPOINT' });
      expect(await readStore.get('totals@1.1', 'all')).toMatchObject({ total: 1 });
    }),
  );

  it('keeps nobody waiting for events that it does not read, as writer and as follower', async () => {
    const bench = await openBench();
    try {
      const [writer, follower] = [bench.run(totals(), 'one'), bench.run(totals(), 'two')];
      await bench.handler().execute(stream, { by: 1 }, contextOf());
      for (let i = 0; i < 3; i++) {
        const { position } = await append(bench, 'other');
        await Promise.all([writer, follower].map((runner) => runner.waitFor(position, lookMs)));
      }
      expect((await follower.view.get(stream))?.total).toBe(1);
    } finally {
      await bench.dispose();
    }
  });

  it('stops, unready, at an event of a version that it does not know, and loses nothing', async () => {
    const bench = await openBench();
    try {
      const runner = bench.run();
      const { position } = await bench.handler().execute(stream, { by: 3 }, contextOf());
      await runner.waitFor(position!, lookMs);
      const unknown = await append(bench, 'counter', 2);
      await until(async () => (await runner.status()).error?.startsWith('UNKNOWN_EVENT') === true);
      expect(runner.ready()).toBe(false);
      expect((await runner.view.get(stream))?.total).toBe(3);
      const waited = runner.waitFor(unknown.position, 20);
      await expect(waited).rejects.toMatchObject({ kind: 'timeout', code: 'NOT_CAUGHT_UP' });
    } finally {
      await bench.dispose();
    }
  });

  it('answers nobody from what it only begins to build where the read store was emptied', async () => {
    const [bench, empty] = [await openBench(), await openBench()];
    const building = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    let { readStore } = bench;
    const emptied = new Proxy({} as ReadStore, {
      get: (_, method: keyof ReadStore) =>
        (readStore[method] as (() => unknown) | undefined)?.bind(readStore),
    });
    const slow: EventStore = {
      ...bench.eventStore,
      async *readAll(options) {
        for await (const events of bench.eventStore.readAll(options)) {
          yield events.slice(0, 1);
          building.resolve();
          if (readStore !== bench.readStore) await goOn.promise;
          if (events.length > 1) yield events.slice(1);
        }
      },
    };
    const decoders = { counter: counterCodec };
    const [writer, follower] = ['one', 'two'].map((owner) =>
      startProjection({
        ...{ projection: totals(), eventStore: slow, readStore: emptied, owner, decoders },
        clock: systemClock,
      }),
    ) as [ProjectionRunner<Total>, ProjectionRunner<Total>];
    const both = [writer, follower];
    try {
      const commands = bench.handler();
      await commands.execute(stream, { by: 1 }, contextOf());
      const { position } = await commands.execute(streamOf('b'), { by: 1 }, contextOf());
      await Promise.all(both.map((runner) => runner.waitFor(position!, lookMs)));
      readStore = empty.readStore;
      const late = await commands.execute(stream, { by: 1 }, contextOf());
      await until(async () => (await empty.readStore.collections()).length > 0);
      await building.promise;
      for (const runner of both)
        await expect(runner.view.get(streamOf('b'))).rejects.toMatchObject({ code: 'NOT_READY' });
      goOn.resolve();
      await Promise.all(both.map((runner) => runner.waitFor(late.position!, lookMs)));
      for (const runner of both) expect((await runner.view.get(streamOf('b')))?.total).toBe(1);
    } finally {
      goOn.resolve();
      await Promise.all(both.map((runner) => runner.close()));
      await Promise.all([bench.dispose(), empty.dispose()]);
    }
  });

  it(
    'tells who waits that it is closing, or that the caller has gone',
    onBench(async ({ handler, run, eventStore }) => {
      await handler().execute(stream, { by: 1 }, contextOf());
      const runner = run();
      const head = (await eventStore.head()) as Position;
      await runner.waitFor(head, lookMs);
      const beyond = `${head}9` as Position;
      const gone = new AbortController();
      const [left, stays] = [runner.waitFor(beyond, lookMs, gone.signal), runner.waitFor(beyond, lookMs)];
      gone.abort();
      await expect(left).rejects.toMatchObject({ code: 'CANCELLED' });
      const [, closed] = await Promise.all([runner.close(), stays.catch((error: unknown) => error)]);
      expect(closed).toMatchObject({ code: 'CLOSING' });
      await expect(runner.waitFor('nonsense' as Position, 10)).rejects.toMatchObject({
        code: 'BAD_POSITION',
      });
    }),
  );
});

/** Again until this instance holds the lease: a rebuild is refused before. */
async function untilWriter<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== 'NOT_THE_WRITER') throw error;
      await systemClock.sleep(2);
    }
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await systemClock.sleep(1);
}
