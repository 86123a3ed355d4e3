import { expect, it } from '@jest/globals';
import { deadLetterSuffix, maxHeaderBytes, maxValueBytes } from '../message-bus.js';
import { inbox, message, newGroup, newTopic, textOf, withBus } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

export function failing(open: OpenUnderTest): void {
  const check = withBus(open);

  it(
    'tries again what a handler threw at, counting',
    check(async ({ bus }) => {
      const [topic, box] = [newTopic(), inbox()];
      const attempts: number[] = [];
      const subscription = bus.subscribe({ topics: [topic], group: newGroup() }, (delivery) => {
        attempts.push(delivery.attempt);
        if (delivery.attempt < 3) throw new Error('not yet');
        box.take(delivery);
      });
      await subscription.ready;
      await bus.publish(topic, [message('k', 'at last')]);
      await box.holds('at last');
      expect(attempts.slice(0, 3)).toEqual([1, 2, 3]);
    }),
  );

  it(
    'puts a poisonous message aside with the reason, and goes on with its key and the others',
    check(async ({ bus }) => {
      const [topic, box, dead] = [newTopic(), inbox(), inbox()];
      const told: string[] = [];
      const onDeadLetter = (of: string) => void told.push(of);
      const group = newGroup();
      const reader = bus.subscribe({ topics: [`${topic}${deadLetterSuffix}`], group }, dead.take);
      const worker = bus.subscribe({ topics: [topic], group, maxAttempts: 2, onDeadLetter }, (delivery) => {
        if (textOf(delivery) === 'poison') throw new Error('cannot be taken');
        box.take(delivery);
      });
      await Promise.all([reader.ready, worker.ready]);
      await bus.publish(topic, [
        message('k', 'poison', { ce_id: '7' }),
        message('k', 'next'),
        message('other', 'beside'),
      ]);
      await Promise.all([box.holds('next', 'beside'), dead.holds('poison')]);
      expect(told).toEqual([topic]);
      expect(dead.deliveries[0]).toMatchObject({
        key: 'k',
        headers: {
          ce_id: '7',
          'x-error-message': 'cannot be taken',
          'x-error-attempts': '2',
          'x-original-topic': topic,
        },
      });
    }),
  );

  it(
    'drops a dead letter that nobody can take either',
    check(async ({ bus }) => {
      const [topic, box] = [newTopic(), inbox()];
      const letters = `${topic}${deadLetterSuffix}`;
      const topics = [topic, letters, `${letters}${deadLetterSuffix}`];
      const worker = bus.subscribe({ topics, group: newGroup(), maxAttempts: 1 }, (delivery) => {
        box.take(delivery);
        if (textOf(delivery) === 'poison') throw new Error('never');
      });
      await worker.ready;
      await bus.publish(topic, [message('k', 'poison')]);
      await box.until((seen) => seen.some((delivery) => delivery.topic === letters));
      await bus.publish(letters, [message('k', 'last')]);
      await box.holds('last');
      expect(new Set(box.deliveries.map((delivery) => delivery.topic))).toEqual(new Set([topic, letters]));
    }),
  );

  it(
    'does not hold a publisher up for ever when nobody makes room',
    check(async ({ bus }) => {
      const [topic, stuck] = [newTopic(), Promise.withResolvers<void>()];
      const worker = bus.subscribe({ topics: [topic], group: newGroup() }, () => stuck.promise);
      await worker.ready;
      const batch = Array.from({ length: 1000 }, (_, i) => message(`k${i}`, 'x'));
      for (let i = 0; i < 30; i++) await bus.publish(topic, batch);
      stuck.resolve();
    }),
  );

  it(
    'lets handlers publish to the topic they read',
    check(async ({ bus }) => {
      const [topic, box] = [newTopic(), inbox()];
      const worker = bus.subscribe({ topics: [topic], group: newGroup() }, async (delivery) => {
        box.take(delivery);
        const n = Number(textOf(delivery));
        if (n < 50) await bus.publish(topic, [message('k', String(n + 1))]);
      });
      await worker.ready;
      await bus.publish(topic, [message('k', '0')]);
      await box.holds('50');
    }),
  );

  it(
    'puts a message aside whatever its handler throws, however large it is',
    check(async ({ bus }) => {
      const [topic, dead] = [newTopic(), inbox()];
      const thrown: readonly unknown[] = [
        'a text',
        undefined,
        Object.create(null),
        new Error(`${'long '.repeat(1000)}\ud800`),
        Symbol('s'),
      ];
      const reader = bus.subscribe({ topics: [`${topic}${deadLetterSuffix}`] }, dead.take);
      const worker = bus.subscribe({ topics: [topic], group: newGroup(), maxAttempts: 1 }, ({ key }) => {
        throw thrown[Number(key)];
      });
      await Promise.all([reader.ready, worker.ready]);
      const headers = { large: 'x'.repeat(maxHeaderBytes - 100), 'x-error-message': 'of an earlier time' };
      const value = new Uint8Array(maxValueBytes);
      await bus.publish(
        topic,
        thrown.map((_, i) => ({ key: String(i), headers, value })),
      );
      await dead.until((seen) => new Set(seen.map(({ key }) => key)).size === thrown.length);
      for (const { key, headers: got, value: bytes } of dead.deliveries) {
        expect(bytes).toHaveLength(maxValueBytes);
        const reason = got['x-error-message']!;
        expect(reason).not.toBe('of an earlier time');
        expect(reason.isWellFormed() && reason.length <= 1000).toBe(true);
        if (key === '0') expect(reason).toBe('a text');
      }
    }),
  );
}
