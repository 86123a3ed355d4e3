import { randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import {
  maxHeaderBytes,
  maxHeaders,
  maxValueBytes,
  type Message,
  type SubscribeOptions,
} from '../message-bus.js';
import { inbox, message, newGroup, newTopic, outcome, textOf, upTo, withBus } from './samples.js';
import type { OpenUnderTest } from './under-test.js';

const manyHeaders = (count: number) => Object.fromEntries(upTo(count).map((i) => [`h${i}`, '']));

export function refusing(open: OpenUnderTest): void {
  const check = withBus(open);

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
        [{ ...good, headers: null }, 'MESSAGE_INVALID'],
        [{ ...good, key: 'half \ud800' }, 'MESSAGE_INVALID'],
        [{ ...good, headers: { a: '\udc00' } }, 'MESSAGE_INVALID'],
        [{ ...good, headers: { a: 'x'.repeat(maxHeaderBytes) } }, 'MESSAGE_TOO_LARGE'],
        [{ ...good, headers: manyHeaders(maxHeaders + 1) }, 'MESSAGE_TOO_LARGE'],
        [{ ...good, key: 'x'.repeat(maxHeaderBytes + 1) }, 'MESSAGE_TOO_LARGE'],
      ];
      for (const [one, code] of bad)
        expect(await outcome(bus.publish(topic, [good, one as Message]))).toMatchObject({ code });
      for (const name of ['', '.', '..', 'a b', 'a/b', 'ä', 'x'.repeat(237)])
        expect(await outcome(bus.publish(name, [good]))).toMatchObject({ code: 'TOPIC_INVALID' });
      await bus.publish(topic, [message('k', 'last')]);
      await box.holds('last');
      expect(box.deliveries.map(textOf)).not.toContain('good');
    }),
  );

  it(
    'takes what is just small enough, one and several of them, and brings it exactly',
    check(async ({ bus }) => {
      const [topic, box] = [newTopic(), inbox()];
      const subscription = bus.subscribe({ topics: [topic], group: newGroup() }, box.take);
      await subscription.ready;
      const key = 'k'.repeat(100);
      const names = upTo(maxHeaders - 1).map((i) => [`header-${i}`, 'ü'] as const);
      const taken = names.reduce((sum, [name]) => sum + name.length + 2 + 8, key.length + 'last'.length + 8);
      const headers = { ...Object.fromEntries(names), last: 'x'.repeat(maxHeaderBytes - taken) };
      const sent = upTo(3).map((): Message => ({
        key,
        headers,
        value: new Uint8Array(randomBytes(maxValueBytes)),
      }));
      await bus.publish(topic, sent);
      await box.until((seen) => seen.length >= 3);
      for (const [i, { value }] of sent.entries()) {
        const got = box.deliveries[i]!;
        expect(Buffer.compare(got.value, value)).toBe(0);
        expect(got.headers).toEqual(headers);
      }
    }),
  );

  it(
    'takes what is empty or has an odd name, and brings it exactly',
    check(async ({ bus }) => {
      const [topic, box] = [newTopic(), inbox()];
      const subscription = bus.subscribe({ topics: [topic], group: newGroup() }, box.take);
      await subscription.ready;
      await bus.publish(topic, []);
      const headers = Object.fromEntries([
        ...['__proto__', 'constructor', 'toString', 'ünï cödé', 'A'].map((name) => [name, `of ${name}`]),
        ...[['a', ''] as const, ['line', 'one\ntwo\0'] as const],
      ]) as Record<string, string>;
      await bus.publish(topic, [{ key: '', headers, value: new Uint8Array(0) }]);
      await box.until((seen) => seen.length > 0);
      const [got] = box.deliveries;
      expect(got).toMatchObject({ key: '', topic, attempt: 1 });
      expect(Object.entries(got!.headers).sort()).toEqual(Object.entries(headers).sort());
      expect(got!.value).toEqual(new Uint8Array(0));
    }),
  );

  it(
    'refuses subscriptions and replays that mean nothing',
    check(async ({ bus }) => {
      const topic = newTopic();
      const bad: readonly (readonly [SubscribeOptions, string])[] = [
        [{ topics: [] }, 'SUBSCRIPTION_INVALID'],
        [{ topics: ['a b'] }, 'TOPIC_INVALID'],
        [{ topics: [topic], group: '' }, 'SUBSCRIPTION_INVALID'],
        [{ topics: [topic], maxAttempts: 0 }, 'SUBSCRIPTION_INVALID'],
        [{ topics: [topic], maxAttempts: Number.NaN }, 'SUBSCRIPTION_INVALID'],
      ];
      for (const [options, code] of bad)
        expect(await outcome((async () => bus.subscribe(options, () => {}))())).toMatchObject({ code });
      expect(await outcome(bus.replay('a b'))).toMatchObject({ code: 'TOPIC_INVALID' });
      expect(await outcome(bus.replay(`${topic}.dead-letters`))).toMatchObject({ code: 'TOPIC_INVALID' });
      expect(await outcome(bus.replay(topic, { limit: 0 }))).toMatchObject({ code: 'LIMIT_INVALID' });
    }),
  );
}
