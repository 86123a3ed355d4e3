import { describe, expect, it } from '@jest/globals';
import { systemChance, systemClock, toInstant, type Instant } from '#kernel';
import { decodeEnvelope } from '#contracts/stored';
import { commandHandler, partOf } from './index.js';
import { contextOf, counter, counterCodec, onBench, streamOf, type Bench } from './testing/bench.js';

const stream = streamOf('a');

/** A handler whose clock says these milliseconds, one after the other. */
const clocked = ({ eventStore, people }: Bench, times: number[]) =>
  commandHandler({
    ...{ decider: counter, codec: counterCodec, eventStore, people, chance: systemChance },
    service: { name: 'test', version: '0' },
    clock: { ...systemClock, now: (): Instant => toInstant(times.shift() ?? 99) },
  });

describe('command handler', () => {
  it(
    'twenty callers of two handlers count to twenty',
    onBench(async ({ handler }) => {
      const handlers = [handler(), handler()];
      const calls = Array.from({ length: 20 }, (_, i) =>
        handlers[i % 2]!.execute(stream, { by: 1 }, contextOf()),
      );
      await Promise.all(calls);
      expect(await handler().load(stream)).toMatchObject({ state: 20, revision: 19 });
    }),
  );

  it(
    'answers a command that comes again as it did first, by any instance, and appends nothing',
    onBench(async ({ handler, eventStore }) => {
      const [one, two, once] = [handler(), handler(), contextOf()];
      const first = await one.execute(stream, { by: 1 }, once);
      expect(first).toMatchObject({ events: [{ by: 1 }], revision: 0 });
      const { position } = await one.execute(stream, { by: 2 }, contextOf());
      for (const again of [one, two, handler()]) {
        const retried = { ...once, receivedAt: systemClock.now() };
        const answer = await again.execute(stream, { by: 1 }, retried);
        expect(answer).toEqual({ events: [], state: 3, revision: 1, position });
      }
      expect(await eventStore.head()).toBe(position);
    }),
  );

  it(
    'refuses a command id that was used for something else',
    onBench(async ({ handler }) => {
      const once = contextOf();
      await handler().execute(stream, { by: 1 }, once);
      const reused = { kind: 'already-exists', code: 'IDEMPOTENCY_KEY_REUSED' };
      await expect(handler().execute(stream, { by: 2 }, once)).rejects.toMatchObject(reused);
      expect(partOf(once, 'x').commandId).toBe(partOf(once, 'x').commandId);
    }),
  );

  it(
    'carries a command id out for each stream that it is sent to, under ids of their own',
    onBench(async ({ handler, eventStore }) => {
      const [once, names] = [contextOf(), ['a', 'b']];
      for (const again of [false, true])
        for (const name of names) {
          const { events, state } = await handler().execute(streamOf(name), { by: 1 }, once);
          expect([events.length, state]).toEqual([again ? 0 : 1, 1]);
        }
      const stored = (await Array.fromAsync(eventStore.readAll())).flat();
      expect(new Set(stored.map(({ eventId }) => eventId)).size).toBe(2);
    }),
  );

  it(
    'looks again before it says that there is nothing to do, or refuses, on what it remembers',
    onBench(async ({ handler, eventStore, people }) => {
      const strict = {
        ...counter,
        decide: (command: { by: number; limit?: number }, total: number) => {
          if (command.by < 0 && total + command.by < 0) throw new RangeError('below zero');
          return counter.decide(command, total);
        },
      };
      const here = commandHandler({
        decider: strict,
        codec: counterCodec,
        eventStore,
        people,
        service: { name: 'test', version: '0' },
        clock: systemClock,
        chance: systemChance,
      });
      const elsewhere = handler();
      await here.execute(stream, { by: 5 }, contextOf());
      await elsewhere.execute(stream, { by: -5 }, contextOf());
      const { events, position } = await here.execute(stream, { by: 5, limit: 5 }, contextOf());
      expect(events).toHaveLength(1);
      const full = await here.execute(stream, { by: 1, limit: 5 }, contextOf());
      expect(full).toMatchObject({ events: [], position, state: 5 });
    }),
  );

  it(
    'writes who, why and when with every event',
    onBench(async (bench) => {
      const actor = { id: 'scheduler', type: 'service', roles: [] } as const;
      const context = {
        ...{ ...contextOf(), actor, receivedAt: toInstant(1), reason: 'because', causationId: 'e1' },
      };
      await clocked(bench, [5]).execute(stream, { by: 1 }, context);
      const [batch] = await Array.fromAsync(bench.eventStore.readStream(stream));
      const { event, metadata } = counterCodec.decode('Counted', batch![0]!.bytes);
      expect(event).toEqual({ type: 'Counted', by: 1 });
      expect(metadata).toEqual({
        actor: context.actor,
        reason: 'because',
        correlationId: 'c',
        causationId: 'e1',
        recordedAt: toInstant(5),
        receivedAt: toInstant(1),
        instance: expect.stringMatching(/^[0-9a-f]{16}$/),
        instanceOrder: 0,
        service: 'test',
        serviceVersion: '0',
        schemaVersion: 1,
      });
    }),
  );

  it(
    'dates what it writes as it writes it: in the order of the store where the clock goes on, and as the clock says where it does not',
    onBench(async (bench) => {
      const { eventStore } = bench;
      const one = clocked(bench, [1, 2, 3, 4, 9, 7]);
      const late = { ...contextOf(), receivedAt: toInstant(1) };
      await Promise.all(
        ['a', 'b', 'c', 'd'].map((name) => one.execute(streamOf(name), { by: 1 }, { ...contextOf() })),
      );
      await one.execute(streamOf('a'), { by: 1 }, late);
      await one.execute(streamOf('b'), { by: 1 }, contextOf());
      await one.execute(streamOf('a'), { by: 1 }, { ...late, receivedAt: toInstant(8) });
      const stored = (await Array.fromAsync(eventStore.readAll()))
        .flat()
        .map(({ bytes }) => decodeEnvelope(bytes));
      expect(stored.map(({ metadata }) => metadata.recordedAt)).toEqual([1, 2, 3, 4, 9, 7].map(toInstant));
      expect(stored.map(({ metadata }) => metadata.instanceOrder)).toEqual([0, 1, 2, 3, 4, 5]);
      expect(new Set(stored.map(({ metadata }) => metadata.instance)).size).toBe(1);
    }),
  );

  it(
    'remembers no more states than it may',
    onBench(async ({ eventStore, people }) => {
      const few = commandHandler({
        decider: counter,
        codec: counterCodec,
        eventStore,
        people,
        service: { name: 'test', version: '0' },
        clock: systemClock,
        chance: systemChance,
        cachedStates: 2,
      });
      for (let round = 0; round < 3; round++) {
        for (const name of ['a', 'b', 'c', 'd']) await few.execute(streamOf(name), { by: 1 }, contextOf());
      }
      for (const name of ['a', 'b', 'c', 'd']) expect((await few.load(streamOf(name))).state).toBe(3);
    }),
  );
});
