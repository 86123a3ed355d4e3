import { describe, expect, it } from '@jest/globals';
import type { Message } from '../message-bus.js';
import { messageBusContract } from '../testing/index.js';
import { openMemoryBus } from './index.js';

messageBusContract('memory', async () => {
  const bus = openMemoryBus();
  return { bus, connect: async () => bus, dispose: () => bus.close() };
});

const messages = (count: number, text: string): Message[] =>
  Array.from({ length: count }, (_, i) => ({
    key: 'k',
    headers: {},
    value: new TextEncoder().encode(`${text}${i}`),
  }));

describe('message bus in memory', () => {
  it('keeps the order of calls that wait for room', async () => {
    const bus = openMemoryBus();
    const [stuck, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const seen: string[] = [];
    bus.subscribe({ topics: ['t'] }, async ({ value }) => {
      await stuck.promise;
      const text = new TextDecoder().decode(value);
      if (!text.startsWith('x')) seen.push(text);
      if (seen.length === 6) done.resolve();
    });
    await bus.publish('t', messages(10_000, 'x'));
    const calls = [bus.publish('t', messages(5, 'a')), bus.publish('t', messages(1, 'b'))];
    stuck.resolve();
    await Promise.all([...calls, done.promise]);
    expect(seen).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'b0']);
    await bus.close();
  });

  it('keeps the latest thousand dead letters of a topic', async () => {
    const bus = openMemoryBus();
    const seen: string[] = [];
    let [healthy, failed] = [false, 0];
    const all = Promise.withResolvers<void>();
    bus.subscribe({ topics: ['t'], maxAttempts: 1 }, ({ value }) => {
      if (healthy) return void seen.push(new TextDecoder().decode(value));
      if (++failed === 1500) all.resolve();
      throw new Error('no');
    });
    await bus.publish('t', messages(1500, 'm'));
    await all.promise;
    await new Promise((resolve) => setImmediate(resolve));
    healthy = true;
    expect(await bus.replay('t')).toBe(1000);
    while (seen.length < 1000) await new Promise((resolve) => setImmediate(resolve));
    expect([seen[0], seen[999]]).toEqual(['m500', 'm1499']);
    await bus.close();
  });
});
