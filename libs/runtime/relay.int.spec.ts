import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DomainError, systemChance, systemClock } from '#kernel';
import { eventCodec } from '#contracts/stored';
import { parseCloudEvent, type Message, type MessageBus } from '#message-bus';
import { openSqliteReadStore } from '#read-store/sqlite';
import { startRelay, type ProjectedEvent, type RelayOptions, type RunningReactor } from './index.js';
import { contextOf, counterCodec, onBench, streamOf, type Bench, type Counted } from './testing/bench.js';

const topic = 'holdfast.test.v1';
const byOf = (event: ProjectedEvent) => event.data['by'] as number;
const away = () => new DomainError('unavailable', 'BUS_UNAVAILABLE', 'the broker is away');
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await systemClock.sleep(1);
}

/** Events of several streams, one after another in each. */
async function count(bench: Bench, streams: number, events: number): Promise<void> {
  const commands = bench.handler();
  const one = async (stream: number) => {
    for (let by = 1; by <= events; by++) await commands.execute(streamOf(`s${stream}`), { by }, contextOf());
  };
  await Promise.all(Array.from({ length: streams }, (_, stream) => one(stream)));
}

/** Waits for a broker or a lease are as short as this; what is done in between takes the time it takes. */
const impatient = (longestMs: number) => ({
  ...systemClock,
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, longestMs), signal),
});

/** What lies on the topic, and how it came there. */
function recorder() {
  const calls: number[] = [];
  const messages: Message[] = [];
  const bus: Pick<MessageBus, 'publish'> = {
    async publish(_topic, batch) {
      calls.push(batch.length);
      messages.push(...batch);
    },
  };
  return { calls, messages, bus, events: () => messages.map((message) => parseCloudEvent(message)) };
}

const relayOn = (bench: Bench, bus: RelayOptions['bus'], more: Partial<RelayOptions> = {}): RunningReactor =>
  startRelay({
    ...{ eventStore: bench.eventStore, readStore: bench.readStore, owner: 'one', clock: systemClock },
    ...{ decoders: { counter: counterCodec }, topic, kinds: ['counter'], bus },
    toPublic: (event) => ({ type: 'holdfast.counted.v1', data: { by: byOf(event) } }),
    ...more,
  });

/** Of each stream the numbers in the order in which they were first seen. */
function firsts(messages: readonly Message[]): Record<string, number[]> {
  const seen = new Set<string>();
  const order: Record<string, number[]> = {};
  for (const { id, subject = '', data } of messages.map((message) => parseCloudEvent(message))) {
    if (seen.has(id)) continue;
    seen.add(id);
    (order[subject] ??= []).push((data as { by: number }).by);
  }
  return order;
}
const inOrder = (streams: number, events: number) =>
  Object.fromEntries(
    Array.from({ length: streams }, (_, stream) => [
      streamOf(`s${stream}`),
      Array.from({ length: events }, (_, i) => i + 1),
    ]),
  );

describe('relay', () => {
  it(
    'publishes what is appended as CloudEvents in order; without its position the same ids again',
    onBench(async (bench) => {
      const { bus, events } = recorder();
      await count(bench, 1, 3);
      const toPublic = (event: ProjectedEvent) =>
        byOf(event) === 2 ? undefined : { type: 'holdfast.counted.v1', data: { by: byOf(event) } };
      const first = relayOn(bench, bus, { toPublic });
      await until(() => events().length === 2 && first.caughtUp());
      expect(events()).toMatchObject([
        {
          ...{ source: '/holdfast/test', type: 'holdfast.counted.v1', subject: streamOf('s0') },
          data: { by: 1 },
          extensions: { correlationid: 'c' },
        },
        { data: { by: 3 } },
      ]);
      await first.close();
      const readStore = await openSqliteReadStore({ path: join(bench.dir, 'another.db') });
      const again = relayOn(bench, bus, { toPublic, readStore });
      await until(() => events().length === 4);
      const ids = events().map(({ id }) => id);
      expect(ids.slice(2)).toEqual(ids.slice(0, 2));
      await again.close();
      await readStore.close();
    }),
  );

  it(
    'publishes in one call what came together, and never more than 500',
    onBench(async (bench) => {
      await count(bench, 40, 40);
      const { bus, calls, messages } = recorder();
      const relay = relayOn(bench, bus);
      await until(() => messages.length === 1600);
      expect(calls.length).toBeLessThan(100);
      expect(Math.max(...calls)).toBeLessThanOrEqual(500);
      expect(firsts(messages)).toEqual(inOrder(40, 40));
      await relay.close();
      const next = relayOn(bench, bus);
      await until(() => next.caughtUp());
      expect(messages).toHaveLength(1600);
      await next.close();
    }),
  );

  it(
    'waits for a broker that is away or refuses us, says so, asks ever more seldom, and puts nothing aside',
    onBench(async (bench) => {
      await count(bench, 3, 10);
      const { bus, messages } = recorder();
      const refusals = [away(), new DomainError('forbidden', 'BUS_FORBIDDEN', 'no right'), new Error('odd')];
      const waits: number[] = [];
      /** What it failed with whenever it asked: each reason lasts until the next one, however soon that comes. */
      const failures: (string | undefined)[] = [];
      let asked = 0;
      const relay = relayOn(
        bench,
        {
          async publish(name, batch) {
            failures.push(relay.failing()?.split(':')[0]);
            const refusal = refusals[asked++ % refusals.length] as Error;
            if (asked <= 12) throw refusal;
            await bus.publish(name, batch);
          },
        },
        {
          clock: {
            ...systemClock,
            async sleep(ms, signal) {
              const isBackoff = Number.isInteger(ms) && ms >= 40;
              if (isBackoff) waits.push(ms);
              await systemClock.sleep(isBackoff ? 0 : ms, signal);
            },
          },
        },
      );
      await until(() => messages.length === 30);
      expect(failures.slice(0, 4)).toEqual([
        undefined,
        ...['BUS_UNAVAILABLE', 'BUS_FORBIDDEN', 'BUS_UNAVAILABLE'],
      ]);
      expect(waits.slice(0, 9)).toEqual([40, 80, 160, 320, 640, 1280, 2560, 5000, 5000]);
      expect(firsts(messages)).toEqual(inOrder(3, 10));
      expect(await relay.parked()).toEqual([]);
      await until(() => relay.failing() === undefined);
      await relay.close();
    }),
  );

  it(
    'puts aside an event that no bus takes, with the reason, and goes on with the others',
    onBench(async (bench) => {
      await count(bench, 1, 5);
      const { bus, events } = recorder();
      const relay = relayOn(
        bench,
        {
          async publish(name, batch) {
            if (batch.some((message) => JSON.parse(Buffer.from(message.value).toString()).by === 3))
              throw new DomainError('exhausted', 'MESSAGE_TOO_LARGE', 'a message of 2000000 bytes');
            await bus.publish(name, batch);
          },
        },
        { clock: impatient(0) },
      );
      await until(() => events().length === 4);
      expect(events().map(({ data }) => (data as { by: number }).by)).toEqual([1, 2, 4, 5]);
      expect(await relay.parked()).toMatchObject([
        { revision: 2, reason: 'MESSAGE_TOO_LARGE: a message of 2000000 bytes' },
      ]);
      await relay.close();
    }),
  );

  it.each([
    ['type', { Counted: { version: 1 }, Reset: { version: 1 } }, 'Reset'],
    [
      'version',
      { Counted: { version: 2, upcasts: { 1: (data) => data } }, Reset: { version: 1 } },
      'Counted',
    ],
  ] satisfies [string, Schemas, Later['type']][])(
    'publishes what stands before an event whose %s it does not know, stops there, says so, and goes on once it does',
    (_, schemas, type) =>
      onBench(async (bench) => {
        await count(bench, 1, 3);
        const newer = eventCodec<Later>(schemas);
        await bench.eventStore.append(streamOf('s0'), 2, [
          { eventId: systemChance.uuid(), type, bytes: newer.encode({ type, by: 4 }, metadata) },
        ]);
        const { bus, messages } = recorder();
        const relay = relayOn(bench, bus);
        await until(() => relay.failing()?.startsWith('UNKNOWN_EVENT') ?? false);
        expect(firsts(messages)).toEqual(inOrder(1, 3));
        expect([await relay.parked(), relay.caughtUp()]).toEqual([[], false]);
        await relay.close();
        const upgraded = relayOn(bench, bus, { decoders: { counter: newer } });
        await until(() => upgraded.caughtUp());
        expect(firsts(messages)).toEqual(inOrder(1, 4));
        await upgraded.close();
      })(),
  );
});

type Later = Counted | { readonly type: 'Reset'; readonly by: number };
type Schemas = Parameters<typeof eventCodec<Later>>[0];
const metadata = {
  actor: { id: 'a', type: 'person', roles: [] },
  correlationId: 'c',
  recordedAt: systemClock.now(),
  service: 'test',
  serviceVersion: '0',
} as const;

const isEven = ({ key }: Message) => key.charCodeAt(key.length - 1) % 2 === 0;
/**
 * A topic that two writers reach through wires that lose answers, lose calls, and carry calls long after their writer has given them up;
 * of each partition a batch arrives whole, as a record batch does.
 */
function treacherousTopic(dice: () => number) {
  const { bus, messages } = recorder();
  const late: (readonly Message[])[] = [];
  let calls = 0;
  let faults = 0;
  const arrive = (batch: readonly Message[]) => bus.publish(topic, batch);
  return {
    messages,
    calls: () => calls,
    faults: () => faults,
    async flush() {
      for (const batch of late.splice(0)) await arrive(batch);
    },
    async publish(_name: string, batch: readonly Message[]): Promise<void> {
      for (const [i, one] of [...late].entries())
        if (dice() < 0.3) {
          late.splice(late.indexOf(one), 1);
          await arrive(one);
        } else if (i > 20) break;
      // The first call fails in some way, however many there will be.
      const roll = calls++ === 0 ? 0.5 + dice() / 2 : dice();
      if (roll < 0.5) return arrive(batch);
      faults += 1;
      if (roll < 0.65) await arrive(batch);
      else if (roll < 0.8) {
        // Two partitions: one has it, the other gets it at some other time.
        const [some, others] = [batch.filter(isEven), batch.filter((message) => !isEven(message))];
        await arrive(some);
        late.push(others);
      } else if (roll < 0.95) late.push(batch);
      throw away();
    },
  };
}

describe('two relays of one topic', () => {
  it(
    'fail no longer with what one could not publish that the other one publishes now',
    onBench(async (bench) => {
      const { bus, messages } = recorder();
      /** Once the first one fails its lease is gone when it asks again, as after it could not be renewed in time. */
      const readStore = bound(bench.readStore);
      let lost = false;
      readStore.acquireLease = async (name, owner, ttlMs) =>
        lost ? undefined : bench.readStore.acquireLease(name, owner, ttlMs);
      const publish = () => Promise.reject(away());
      const clock = impatient(5);
      const one = relayOn(bench, { publish }, { owner: 'one', clock, readStore });
      await count(bench, 1, 3);
      await until(() => one.failing() !== undefined);
      lost = true;
      const other = relayOn(bench, bus, { owner: 'other', clock });
      await until(() => messages.length >= 3 && one.failing() === undefined);
      await Promise.all([one.close(), other.close()]);
    }),
  );

  it('never bring a first occurrence out of order, whatever arrives late, twice or not at all, and whoever is killed', async () => {
    const [streams, events] = [4, 25];
    const whole = fc.integer({ min: 0, max: 2 ** 31 - 1 });
    await fc.assert(
      fc.asyncProperty(whole, (seed) =>
        onBench(async (bench) => {
          let state = seed;
          // https://en.wikipedia.org/wiki/Mulberry32: a small generator with a seed.
          const dice = () => {
            state = (state + 0x6d2b79f5) | 0;
            let t = Math.imul(state ^ (state >>> 15), 1 | state);
            t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
            return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
          };
          const wire = treacherousTopic(dice);
          const clock = impatient(5);
          /** A lease that everybody gets: what fences writers is then the stored position alone. */
          const readStore = { ...bound(bench.readStore), releaseLease: () => Promise.resolve() };
          readStore.acquireLease = (name, owner) => Promise.resolve({ name, owner, token: 1 } as never);
          const open = (owner: string) => relayOn(bench, wire, { owner, clock, readStore });
          const relays = [open('one'), open('two')];
          const counting = count(bench, streams, events);
          const isAll = () => Object.values(firsts(wire.messages)).flat().length === streams * events;
          for (let [seen, lastKill] = [0, 0]; ;) {
            if (wire.messages.length > seen && isAll()) break;
            seen = wire.messages.length;
            await new Promise((resolve) => setImmediate(resolve));
            // Between two kills somebody has come as far as the topic, however long that takes here.
            if (dice() > 0.02 || wire.calls() === lastKill) continue;
            lastKill = wire.calls();
            const which = dice() < 0.5 ? 0 : 1;
            // As good as killed: what it has sent may arrive at any time.
            await relays[which]?.close();
            relays[which] = open(`again-${which}`);
          }
          await counting;
          await Promise.all(relays.map((relay) => relay.close()));
          await wire.flush();
          expect(wire.faults()).toBeGreaterThan(0);
          expect(firsts(wire.messages)).toEqual(inOrder(streams, events));
        })(),
      ),
      { numRuns: 8 },
    );
  });
});

/** An object whose methods may be replaced one by one. */
function bound<T extends object>(given: T): { -readonly [K in keyof T]: T[K] } {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      typeof value === 'function' ? value.bind(given) : value,
    ]),
  ) as { -readonly [K in keyof T]: T[K] };
}
