import { describe, expect, it } from '@jest/globals';
import { messageBusContract } from '../testing/index.js';
import { openMemoryBus } from './index.js';

messageBusContract('memory', async () => {
  const bus = openMemoryBus();
  return { bus, connect: async () => bus, dispose: () => bus.close() };
});

describe('message bus in memory', () => {
  it('leaves the event loop its turns while handlers have much to do', async () => {
    const bus = openMemoryBus();
    const messages = Array.from({ length: 5000 }, () => ({
      key: 'k',
      headers: {},
      value: new Uint8Array(1),
    }));
    const done = Promise.withResolvers<void>();
    let handled = 0;
    bus.subscribe({ topics: ['t'] }, () => {
      if (++handled === 5000) done.resolve();
    });
    let turns = 0;
    const turn = () => {
      turns++;
      if (handled < 5000) setImmediate(turn);
    };
    setImmediate(turn);
    await bus.publish('t', messages);
    await done.promise;
    expect(turns).toBeGreaterThan(20);
    await bus.close();
  });

  it('keeps the order of calls that nobody waited for', async () => {
    const bus = openMemoryBus();
    const seen: number[] = [];
    bus.subscribe({ topics: ['t'] }, ({ value }) => void seen.push(value[0] as number));
    const sent = Array.from({ length: 50 }, (_, i) =>
      bus.publish('t', [{ key: 'k', headers: {}, value: Uint8Array.of(i) }]),
    );
    await Promise.all(sent);
    while (seen.length < 50) await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => i));
    await bus.close();
  });
});
