import { expect, it } from '@jest/globals';
import { inbox, message, newGroup, newTopic, steadily, textOf, upTo, withBus } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

export function sharing(open: OpenUnderTest): void {
  const check = withBus(open);

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
    'loses nothing while members come and go',
    check(async ({ bus, connect }) => {
      const [topic, group, box] = [newTopic(), newGroup(), inbox()];
      const other = await connect();
      const staying = bus.subscribe({ topics: [topic], group }, box.take);
      await staying.ready;
      const publishing = steadily(bus, topic);
      for (const _ of upTo(3)) {
        const guest = other.subscribe({ topics: [topic], group }, box.take);
        await guest.ready;
        await publishing.goesOn(40);
        await guest.close();
      }
      await box.holds(...(await publishing.stop()));
    }),
  );

  it(
    'gives each member only topics that it reads, and of each topic everything to somebody',
    check(async ({ bus, connect }) => {
      const [group, topics] = [newGroup(), [newTopic(), newTopic(), newTopic()] as const];
      const boxes = [inbox(), inbox()] as const;
      const other = await connect();
      const first = bus.subscribe({ topics: [topics[0], topics[1]], group }, boxes[0].take);
      const second = other.subscribe({ topics: [topics[1], topics[2]], group }, boxes[1].take);
      await Promise.all([first.ready, second.ready]);
      for (const [i, topic] of topics.entries())
        await bus.publish(
          topic,
          upTo(30).map((n) => message(`k${n}`, `${i}:${n}`)),
        );
      const all = (i: number) => upTo(30).map((n) => `${i}:${n}`);
      const either = () => new Set([...boxes[0].texts(), ...boxes[1].texts()]);
      await Promise.all([boxes[0].holds(...all(0)), boxes[1].holds(...all(2))]);
      const complete = () => all(1).every((text) => either().has(text));
      await Promise.race(boxes.map((box) => box.until(complete)));
      expect(new Set(boxes[0].deliveries.map(({ topic }) => topic))).not.toContain(topics[2]);
      expect(new Set(boxes[1].deliveries.map(({ topic }) => topic))).not.toContain(topics[0]);
    }),
  );

  it(
    'gives what a leaving member was at to nobody before it has ended, and the rest to another',
    check(async ({ bus, connect }) => {
      const [topic, group, box] = [newTopic(), newGroup(), inbox()];
      const [started, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const leaving = bus.subscribe({ topics: [topic], group }, async () => {
        started.resolve();
        await finish.promise;
      });
      await leaving.ready;
      await bus.publish(topic, [message('k', '1'), message('k', '2'), message('k', '3')]);
      await started.promise;
      const other = await connect();
      const heir = other.subscribe({ topics: [topic], group }, box.take);
      const closing = leaving.close();
      await new Promise((resolve) => setImmediate(resolve));
      expect(box.deliveries.map(textOf)).toEqual([]);
      finish.resolve();
      await closing;
      await heir.ready;
      await box.holds('2', '3');
    }),
  );
}
