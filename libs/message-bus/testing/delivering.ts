import { randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import type { Message } from '../message-bus.js';
import { inbox, message, newGroup, newTopic, outcome, steadily, upTo, withBus } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

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
    'keeps the order of calls that nobody waited for',
    check(async ({ bus }) => {
      const [topic, box] = [newTopic(), inbox()];
      const subscription = bus.subscribe({ topics: [topic], group: newGroup() }, box.take);
      await subscription.ready;
      const texts = upTo(100).map(String);
      await Promise.all(texts.map((text) => bus.publish(topic, [message('k', text)])));
      await box.holds(...texts);
      expect(box.texts()).toEqual(texts);
    }),
  );

  it(
    'takes far more at once than an engine takes in one batch, in order',
    check(async ({ bus }) => {
      const [topic, box] = [newTopic(), inbox()];
      const subscription = bus.subscribe({ topics: [topic], group: newGroup() }, box.take);
      await subscription.ready;
      const texts = upTo(300).map((i) => `${i}:${'x'.repeat(20_000)}`);
      await bus.publish(
        topic,
        texts.map((text) => message('k', text)),
      );
      await box.holds(...texts);
      expect(box.texts().map((text) => text.split(':')[0])).toEqual(upTo(300).map(String));
    }),
  );

  it(
    'a fan-out that is ready misses nothing, whatever the key',
    check(async ({ bus, connect }) => {
      const [topic, box] = [newTopic(), inbox()];
      const other = await connect();
      const publishing = steadily(other, topic);
      const subscription = bus.subscribe({ topics: [topic] }, box.take);
      await subscription.ready;
      // One batch may be on its way already, so what is surely sent from now on begins after it.
      const from = publishing.sent() + 20;
      await publishing.goesOn(100);
      const all = await publishing.stop();
      await box.holds(...all.slice(from));
    }),
  );

  it(
    'leaves the event loop its turns while handlers have much to do',
    check(async ({ bus }) => {
      const [topic, count] = [newTopic(), 5000];
      let [handled, turnsWhileBusy, running, busiest] = [0, 0, 0, 0];
      const done = Promise.withResolvers<void>();
      const subscription = bus.subscribe({ topics: [topic], group: newGroup() }, async () => {
        busiest = Math.max(busiest, ++running);
        await Promise.resolve();
        running--;
        if (++handled === count) done.resolve();
      });
      await subscription.ready;
      const turn = () => {
        if (handled > 0) turnsWhileBusy++;
        if (handled < count) setImmediate(turn);
      };
      setImmediate(turn);
      await bus.publish(
        topic,
        upTo(count).map((i) => message(`k${i}`, 'x')),
      );
      await done.promise;
      expect(turnsWhileBusy).toBeGreaterThan(20);
      expect(busiest).toBe(1);
    }),
  );

  it(
    'a subscriber that is stuck does not hold the others up',
    check(async ({ bus }) => {
      const [topic, box, stuck] = [newTopic(), inbox(), Promise.withResolvers<void>()];
      const begun = inbox();
      const slow = bus.subscribe({ topics: [topic], group: newGroup() }, async (delivery) => {
        begun.take(delivery);
        await stuck.promise;
      });
      const quick = bus.subscribe({ topics: [topic], group: newGroup() }, box.take);
      await Promise.all([slow.ready, quick.ready]);
      await bus.publish(topic, [message('k', '1')]);
      await begun.holds('1');
      await bus.publish(topic, [message('k', '2')]);
      await box.holds('1', '2');
      expect(begun.texts()).toEqual(['1']);
      stuck.resolve();
      await begun.holds('2');
    }),
  );

  it(
    'answers when it is asked whether the engine is there',
    check(async ({ bus }) => {
      const subscription = bus.subscribe({ topics: [newTopic()] }, () => {});
      await subscription.ready;
      expect(await outcome(bus.probe())).toBeUndefined();
    }),
  );
}
