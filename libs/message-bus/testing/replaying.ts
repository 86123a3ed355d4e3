import { expect, it } from '@jest/globals';
import { deadLetterSuffix, type Delivery } from '../message-bus.js';
import { inbox, message, newGroup, newTopic, textOf, upTo, withBus } from './samples.js';
import type { MessageBusUnderTest, OpenUnderTest } from './under-test.js';

/** A worker that takes nothing until it is healed, and what it has put aside. */
async function sickWorker({ bus }: MessageBusUnderTest) {
  const [topic, box, dead] = [newTopic(), inbox(), inbox()];
  const worker = { topic, box, dead, healthy: false };
  const reader = bus.subscribe({ topics: [`${topic}${deadLetterSuffix}`] }, dead.take);
  const reading = bus.subscribe(
    { topics: [topic], group: newGroup(), maxAttempts: 1 },
    (delivery: Delivery) => {
      if (!worker.healthy) throw new Error('not now');
      box.take(delivery);
    },
  );
  await Promise.all([reader.ready, reading.ready]);
  return worker;
}

export function replaying(open: OpenUnderTest): void {
  const check = withBus(open);

  it(
    'puts dead letters back as they were, in order within each key, once',
    check(async (under) => {
      const { bus } = under;
      const worker = await sickWorker(under);
      const texts = ['a', 'b', 'c'].flatMap((key) => upTo(20).map((i) => `${key}:${i}`));
      const headers = { ce_id: '7', other: 'ö' };
      await bus.publish(
        worker.topic,
        texts.map((text) => message(text[0]!, text, headers)),
      );
      await worker.dead.holds(...texts);
      worker.healthy = true;
      expect(await bus.replay(worker.topic)).toBe(worker.dead.deliveries.length);
      await worker.box.holds(...texts);
      for (const key of ['a', 'b', 'c'])
        expect(worker.box.texts().filter((text) => text.startsWith(key))).toEqual(
          upTo(20).map((i) => `${key}:${i}`),
        );
      for (const delivery of worker.box.deliveries)
        expect(delivery).toMatchObject({
          key: textOf(delivery)[0],
          topic: worker.topic,
          attempt: 1,
          headers,
        });
      expect(Object.keys(worker.box.deliveries[0]!.headers).sort()).toEqual(Object.keys(headers).sort());
      expect(await bus.replay(worker.topic)).toBe(0);
    }),
  );

  it(
    'puts back no more than it is asked to, and the rest the next time',
    check(async (under) => {
      const { bus } = under;
      const worker = await sickWorker(under);
      const texts = upTo(10).map((i) => `m${i}`);
      await bus.publish(
        worker.topic,
        texts.map((text) => message('k', text)),
      );
      await worker.dead.holds(...texts);
      worker.healthy = true;
      expect(await bus.replay(worker.topic, { limit: 3 })).toBe(3);
      await worker.box.holds('m0', 'm1', 'm2');
      expect(worker.box.texts()).toEqual(['m0', 'm1', 'm2']);
      await bus.replay(worker.topic);
      await worker.box.holds(...texts);
      expect(worker.box.texts()).toEqual(texts);
    }),
  );

  it(
    'tells how many dead letters there are of each topic, and why the newest is one, until they are replayed',
    check(async (under) => {
      const { bus, connect } = under;
      const worker = await sickWorker(under);
      expect(await bus.deadLetters(worker.topic)).toEqual([]);
      const texts = upTo(7).map((i) => `m${i}`);
      await bus.publish(
        worker.topic,
        texts.map((text, i) => message(`k${i % 3}`, text)),
      );
      await worker.dead.holds(...texts);
      const other = await connect();
      const found = await other.deadLetters(worker.topic);
      expect(found).toMatchObject([{ topic: worker.topic, newestReason: 'not now' }]);
      expect(found[0]?.messages).toBeGreaterThanOrEqual(texts.length);
      expect(await other.deadLetters(`${worker.topic}-other`)).toEqual([]);
      worker.healthy = true;
      await bus.replay(worker.topic);
      await worker.box.holds(...texts);
      expect(await other.deadLetters(worker.topic)).toEqual([]);
    }),
  );

  it(
    'puts what is still poisonous aside again',
    check(async (under) => {
      const { bus } = under;
      const worker = await sickWorker(under);
      await bus.publish(worker.topic, [message('k', 'poison')]);
      await worker.dead.holds('poison');
      for (const times of [2, 3]) {
        expect(await bus.replay(worker.topic)).toBe(1);
        await worker.dead.until((seen) => seen.length >= times);
      }
      expect(worker.dead.deliveries.at(-1)!.headers['x-error-message']).toBe('not now');
    }),
  );

  it(
    'finds nothing where nothing was put aside',
    check(async ({ bus }) => {
      expect(await bus.replay(newTopic())).toBe(0);
    }),
  );
}
