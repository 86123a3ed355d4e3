import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { EventStore } from '#event-store';
import { inHistoryTurn } from './history-turns.js';

const { signal } = new AbortController();

/** Work that says when it began and goes on until it is told to end. */
function works(store: EventStore) {
  const begun: string[] = [];
  const start = (name: string, given = signal) => {
    const ending = Promise.withResolvers<string>();
    const result = inHistoryTurn(store, given, () => {
      begun.push(name);
      return ending.promise;
    });
    result.catch(() => undefined);
    return { result, end: () => ending.resolve(name), fail: () => ending.reject(new Error(name)) };
  };
  return { begun, start };
}

describe('read models that are built from the first event', () => {
  it('are two at a time, in the order in which they asked, also when one fails', async () => {
    const { begun, start } = works({} as EventStore);
    const [a, b] = [start('a'), start('b')];
    start('c').end();
    start('d');
    await setImmediate();
    expect(begun).toEqual(['a', 'b']);
    b.fail();
    await expect(b.result).rejects.toThrow('b');
    await setImmediate();
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    a.end();
    expect(await a.result).toBe('a');
    start('e');
    await setImmediate();
    expect(begun.at(-1)).toBe('e');
  });

  it('leave the line when they are given up, and take nobody’s turn', async () => {
    const { begun, start } = works({} as EventStore);
    const [first] = [start('a'), start('b')];
    const giving = new AbortController();
    const up = start('c', giving.signal);
    const next = start('d');
    giving.abort(new Error('closing'));
    await expect(up.result).rejects.toThrow('closing');
    await expect(start('x', giving.signal).result).rejects.toThrow('closing');
    first.end();
    next.end();
    expect(await next.result).toBe('d');
    expect(begun).toEqual(['a', 'b', 'd']);
  });

  it('wait for those of the same event store alone', async () => {
    const { begun, start } = works({} as EventStore);
    start('a');
    start('b');
    const other = works({} as EventStore);
    other.start('o');
    await setImmediate();
    expect([...begun, ...other.begun]).toEqual(['a', 'b', 'o']);
  });
});
