import { randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { maxValueBytes, type Message } from '../message-bus.js';
import { inbox, message, newGroup, newTopic, outcome, textOf, withBus } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

export function delivering(open: OpenUnderTest): void {
  const check = withBus(open);

  it(
    'brings key, headers and bytes exactly, to every subscriber without a group and once to each group',
    check(async ({ bus, connect }) => {
      const topic = newTopic();
      const boxes = [inbox(), inbox(), inbox(), inbox()] as const;
      const other = await connect();
      const subscriptions = [
        bus.subscribe({ topics: [topic] }, boxes[0].take),
        other.subscribe({ topics: [topic] }, boxes[1].take),
        bus.subscribe({ topics: [topic], group: newGroup() }, boxes[2].take),
        other.subscribe({ topics: [newTopic(), topic], group: newGroup() }, boxes[3].take),
      ];
      await Promise.all(subscriptions.map(({ ready }) => ready));
      const value = new Uint8Array(randomBytes(1000));
      const sent: Message = { key: 'schlüssel', headers: { ce_id: '1', 'content-type': 'ä/ö' }, value };
      await bus.publish(topic, [sent]);
      for (const box of boxes) {
        await box.until((seen) => seen.length > 0);
        const { key, headers, value: got, topic: from, attempt } = box.deliveries[0]!;
        expect({ key, headers, from, attempt }).toEqual({
          key: sent.key,
          headers: sent.headers,
          from: topic,
          attempt: 1,
        });
        expect(Buffer.compare(got, value)).toBe(0);
      }
      await Promise.all(subscriptions.map((subscription) => subscription.close()));
    }),
  );

  it(
    'keeps the order of each key, whatever happens to the others',
    check(async ({ bus }) => {
      const topic = newTopic();
      const box = inbox();
      const subscription = bus.subscribe({ topics: [topic], group: newGroup() }, async (delivery) => {
        if (delivery.key === 'slow') await new Promise((resolve) => setImmediate(resolve));
        box.take(delivery);
      });
      await subscription.ready;
      const keys = ['slow', 'b', 'c', 'd'];
      for (const batch of upTo(20)) {
        const messages = upTo(5).flatMap((i) => keys.map((key) => message(key, `${key}:${batch * 5 + i}`)));
        await bus.publish(topic, messages);
      }
      await box.holds(...keys.map((key) => `${key}:99`));
      for (const key of keys) {
        const own = box.texts().filter((text) => text.startsWith(`${key}:`));
        expect(own).toEqual(upTo(100).map((i) => `${key}:${i}`));
      }
    }),
  );

  it(
    'shares a group’s messages among its members; none is lost when one of them leaves',
    check(async ({ bus, connect }) => {
      const [topic, group, box] = [newTopic(), newGroup(), inbox()];
      const other = await connect();
      const first = bus.subscribe({ topics: [topic], group }, box.take);
      const second = other.subscribe({ topics: [topic], group }, box.take);
      await Promise.all([first.ready, second.ready]);
      const texts = upTo(200).map((i) => `m${i}`);
      await bus.publish(
        topic,
        texts.slice(0, 100).map((text, i) => message(`k${i}`, text)),
      );
      await first.close();
      await bus.publish(
        topic,
        texts.slice(100).map((text, i) => message(`k${i}`, text)),
      );
      await box.holds(...texts);
      await second.close();
    }),
  );

  it(
    'a fan-out hears only what is sent from now on',
    check(async ({ bus }) => {
      const [topic, box] = [newTopic(), inbox()];
      await bus.publish(topic, [message('k', 'before')]);
      const subscription = bus.subscribe({ topics: [topic] }, box.take);
      await subscription.ready;
      await bus.publish(topic, [message('k', 'after')]);
      await box.holds('after');
      expect(box.texts()).toEqual(['after']);
    }),
  );

  it(
    'gives every handler bytes of its own',
    check(async ({ bus }) => {
      const [topic, boxes] = [newTopic(), [inbox(), inbox()] as const];
      const subscriptions = boxes.map((box) =>
        bus.subscribe({ topics: [topic] }, (delivery) => {
          box.take({ ...delivery, value: new Uint8Array(delivery.value) });
          delivery.value.fill(0);
        }),
      );
      await Promise.all(subscriptions.map(({ ready }) => ready));
      const sent = message('k', 'intact');
      const published = bus.publish(topic, [sent]);
      sent.value.fill(0);
      await published;
      for (const box of boxes) await box.holds('intact');
    }),
  );

  it(
    'refuses a batch whole for one bad message',
    check(async ({ bus }) => {
      const [topic, box] = [newTopic(), inbox()];
      const subscription = bus.subscribe({ topics: [topic] }, box.take);
      await subscription.ready;
      const good = message('k', 'good');
      const large = { ...good, value: new Uint8Array(maxValueBytes + 1) };
      const bad: readonly (readonly [unknown, string])[] = [
        [large, 'MESSAGE_TOO_LARGE'],
        [{ ...good, value: 'text' }, 'MESSAGE_INVALID'],
        [{ ...good, key: undefined }, 'MESSAGE_INVALID'],
        [{ ...good, headers: { a: 1 } }, 'MESSAGE_INVALID'],
      ];
      for (const [one, code] of bad)
        expect(await outcome(bus.publish(topic, [good, one as Message]))).toMatchObject({ code });
      for (const name of ['', 'a b', 'a/b', 'ä', 'x'.repeat(250)])
        expect(await outcome(bus.publish(name, [good]))).toMatchObject({ code: 'TOPIC_INVALID' });
      await bus.publish(topic, [{ ...good, value: new Uint8Array(maxValueBytes) }, message('k', 'last')]);
      await box.holds('last');
      expect(box.deliveries.map(textOf)).not.toContain('good');
    }),
  );
}
