import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '#kernel';
import type { Delivery, MessageBus } from '#message-bus';
import { openKafkaBus, type KafkaBusOptions } from '#message-bus/kafka';
import { startServer, type TestServer } from '../support/servers/index.js';
import { busCode, received, sample } from './kafka-samples.js';

const away = { kind: 'unavailable', code: 'BUS_UNAVAILABLE' };
/** Bounds of what ends by a deadline of one or two seconds; without one it would hang. */
const inTimeMs = 25_000;

/** Until it is taken: a deadline that is short on purpose may be too short for a busy machine. */
async function published(bus: MessageBus, topic: string, ...texts: readonly string[]): Promise<void> {
  const messages = texts.map((text) => sample('k', text));
  while ((await busCode(bus.publish(topic, messages))) !== undefined) await systemClock.sleep(20);
}

describe('kafka: a broker that goes away', () => {
  let broker: TestServer;
  beforeAll(async () => void (broker = await startServer('kafka')));
  afterAll(() => broker.stop());

  const withBus = async (
    options: Partial<KafkaBusOptions>,
    test: (bus: MessageBus) => Promise<void>,
  ): Promise<void> => {
    const bus = await openKafkaBus({
      brokers: [broker.url],
      partitions: 4,
      sessionTimeoutMs: 6000,
      ...options,
    });
    try {
      await test(bus);
    } finally {
      await bus.close();
    }
  };

  it('is killed and restarted in the middle: what was taken arrives, in order, and readers go on by themselves', () =>
    withBus({ deadlineMs: 20_000 }, async (bus) => {
      const topic = 'restarted';
      const [grouped, alone] = [received(), received()];
      const readers = [
        bus.subscribe({ topics: [topic], group: 'restarted' }, grouped.take),
        bus.subscribe({ topics: [topic] }, alone.take),
      ];
      await Promise.all(readers.map(({ ready }) => ready));
      const taken: string[] = [];
      const sending: Promise<void>[] = [];
      const publish = async (count: number) => {
        for (let i = 0; i < count; i++) {
          const text = `k${i % 5}:${sending.length}`;
          const sent = bus
            .publish(topic, [sample(text.split(':')[0]!, text)])
            .then(() => void taken.push(text));
          sending.push(sent.catch(() => undefined));
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      await publish(500);
      const killed = broker.kill();
      await publish(500);
      await killed;
      expect(await busCode(bus.probe())).toEqual(away);
      await broker.restart();
      while ((await busCode(bus.probe())) !== undefined) await systemClock.sleep(50);
      await publish(500);
      await Promise.all(sending);
      expect(taken.length).toBeGreaterThan(500);
      for (const box of [grouped, alone]) {
        await box.holds(taken);
        for (const key of ['k0', 'k1', 'k2', 'k3', 'k4']) {
          const numbers = box.firsts(taken.filter((text) => text.startsWith(`${key}:`)));
          expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
        }
      }
    }));

  it('does not answer: every call ends by its deadline, and later everything goes on', () =>
    withBus({ deadlineMs: 1500 }, async (bus) => {
      const topic = 'paused';
      const box = received();
      const reader = bus.subscribe({ topics: [topic], group: 'paused' }, box.take);
      await reader.ready;
      await published(bus, topic, 'before');
      broker.pause();
      try {
        // The signal may take a moment.
        while ((await busCode(bus.probe())) === undefined);
        const startedAt = performance.now();
        const codes = await Promise.all([
          busCode(bus.publish(topic, [sample('k', 'meanwhile')])),
          busCode(bus.publish('paused-too', [sample('k', 'x')])),
          busCode(bus.probe()),
          busCode(bus.replay(topic)),
        ]);
        expect(codes).toEqual([away, away, away, away]);
        expect(performance.now() - startedAt).toBeLessThan(inTimeMs);
      } finally {
        broker.resume();
      }
      await box.holds(['before']);
      await published(bus, topic, 'after');
      await box.holds(['after']);
    }));

  it('is not there: a bus opens and closes quickly; subscriptions and dead letters wait for it', () =>
    withBus({ deadlineMs: 2000 }, async (bus) => {
      const topic = 'buried';
      const [box, letters, late] = [received(), received(), received()];
      const [struck, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const worker = bus.subscribe(
        { topics: [topic], group: topic, maxAttempts: 1 },
        async (delivery: Delivery) => {
          if (box.textOf(delivery) !== 'poison') return box.take(delivery);
          struck.resolve();
          await gone.promise;
          throw new Error('poison');
        },
      );
      const reader = bus.subscribe({ topics: [`${topic}.dead-letters`] }, letters.take);
      await Promise.all([worker.ready, reader.ready]);
      await published(bus, topic, 'poison', 'next');
      await struck.promise;
      await broker.kill();
      gone.resolve();

      const startedAt = performance.now();
      await withBus({ deadlineMs: 1000 }, async (other) => {
        const idle = other.subscribe({ topics: ['nobody'] }, () => {});
        expect(await busCode(other.publish('nobody', [sample('k', 'x')]))).toEqual(away);
        await idle.close();
        await idle.ready;
      });
      expect(performance.now() - startedAt).toBeLessThan(inTimeMs);

      const waiting = bus.subscribe({ topics: ['late'] }, late.take);
      await broker.restart();
      await waiting.ready;
      await published(bus, 'late', 'x');
      await late.holds(['x']);
      await letters.holds(['poison']);
      await box.holds(['next']);
      expect(box.deliveries[0]!.key).toBe('k');
    }));
});
