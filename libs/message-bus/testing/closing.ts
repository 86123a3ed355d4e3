import { expect, it } from '@jest/globals';
import { inbox, message, newGroup, newTopic, outcome, textOf, withBus } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

const closed = { kind: 'unavailable', code: 'BUS_CLOSED' };

export function closing(open: OpenUnderTest): void {
  const check = withBus(open);

  it(
    'waits for the handler in progress when it closes, and delivers nothing afterwards',
    check(async ({ bus, connect }) => {
      const [topic, started, finish] = [
        newTopic(),
        Promise.withResolvers<void>(),
        Promise.withResolvers<void>(),
      ];
      const begun: string[] = [];
      let ended = 0;
      const worker = bus.subscribe({ topics: [topic], group: newGroup() }, async (delivery) => {
        begun.push(textOf(delivery));
        started.resolve();
        await finish.promise;
        ended++;
      });
      await worker.ready;
      await bus.publish(topic, [message('k', '1'), message('k', '2'), message('k', '3')]);
      await started.promise;
      const closing = worker.close();
      finish.resolve();
      await closing;
      expect(begun).toHaveLength(ended);
      const before = begun.length;
      await bus.publish(topic, [message('k', '4')]);
      const witness = inbox();
      const other = await connect();
      const fresh = other.subscribe({ topics: [newTopic(), topic] }, witness.take);
      await fresh.ready;
      await bus.publish(topic, [message('k', '5')]);
      await witness.holds('5');
      expect(begun).toHaveLength(before);
    }),
  );

  it(
    'settles what waits to be ready when it is closed at once, and closes twice',
    check(async ({ bus }) => {
      const [topic, box] = [newTopic(), inbox()];
      for (const group of [undefined, newGroup()]) {
        const subscription = bus.subscribe({ topics: [topic], ...(group ? { group } : {}) }, box.take);
        await Promise.all([subscription.close(), subscription.close()]);
        await subscription.ready;
      }
      await bus.publish(topic, [message('k', 'x')]);
      expect(box.deliveries).toEqual([]);
    }),
  );

  it(
    'sends what was published before it closes, and finishes handlers in progress',
    check(async ({ bus, connect }) => {
      const [topic, box] = [newTopic(), inbox()];
      const other = await connect();
      if (other === bus) return void (await expectSent(bus.publish(topic, [message('k', 'x')])));
      const witness = other.subscribe({ topics: [topic], group: newGroup() }, box.take);
      await witness.ready;
      const sent = ['1', '2', '3'].map((text) => bus.publish(topic, [message('k', text)]));
      await Promise.all([bus.close(), ...sent.map(expectSent)]);
      await box.holds('1', '2', '3');
    }),
  );

  it(
    'refuses every call after it was closed, and closes twice',
    check(async ({ bus }) => {
      await bus.close();
      await bus.close();
      expect(await outcome(bus.publish(newTopic(), [message('k', 'x')]))).toEqual(closed);
      expect(await outcome(bus.probe())).toEqual(closed);
      expect(await outcome(bus.deadLetters(''))).toEqual(closed);
      expect(await outcome(bus.replay(newTopic()))).toEqual(closed);
      expect(await outcome((async () => bus.subscribe({ topics: [newTopic()] }, () => {}))())).toEqual(
        closed,
      );
    }),
  );
}

const expectSent = async (sent: Promise<void>) => expect(await outcome(sent)).toBeUndefined();
