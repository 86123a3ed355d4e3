import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openHashQueue } from './hash-queue.js';

const MiB = 2 ** 20;
const queueOf = (sizes: readonly number[], threads = 4) =>
  openHashQueue(
    sizes.map((sizeBytes, i) => ({ at: `${i}`, sizeBytes, identity: '' })),
    threads,
  );

describe('the queue of files to hash', () => {
  it('starts no thread for what is hashed sooner than one has started', () => {
    expect(queueOf([]).lanes).toBe(1);
    expect(queueOf(Array<number>(200).fill(10_000)).lanes).toBe(1);
    const one = queueOf([12 * MiB]);
    expect([one.lanes, one.here(), one.isEmpty()]).toEqual([1, [0], true]);
  });

  it('has as many lanes as there is work for, and as there may be threads', () => {
    expect(queueOf([1024 * MiB]).lanes).toBe(1);
    expect(queueOf([1024 * MiB, 20 * MiB]).lanes).toBe(2);
    expect(queueOf(Array<number>(2000).fill(64 * 1024)).lanes).toBe(4);
    expect(queueOf(Array<number>(2000).fill(64 * 1024), 2).lanes).toBe(2);
  });

  it('gives large files to threads, the largest first, and what is small to whoever asks', () => {
    const queue = queueOf([100, 20 * MiB, 90 * MiB, 200], 3);
    expect([queue.there(), queue.here(), queue.here()]).toEqual([[2], [0, 3], []]);
    expect([queue.isEmpty(), queue.there(), queue.isEmpty()]).toEqual([false, [1], true]);
  });

  it('gives every file once', () => {
    const sizes = fc.array(fc.oneof(fc.nat(100_000), fc.integer({ min: 0, max: 40 * MiB })), {
      maxLength: 400,
    });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 8 }), fc.array(fc.boolean()), (some, threads, turns) => {
        const queue = queueOf(some, threads);
        const given = turns.flatMap((here) => (here ? queue.here() : queue.there()));
        for (let more = queue.here(); more.length > 0; more = queue.here()) given.push(...more);
        for (let more = queue.there(); more.length > 0; more = queue.there()) given.push(...more);
        expect(given.toSorted((a, b) => a - b)).toEqual([...some.keys()]);
        expect(queue.isEmpty()).toBe(true);
      }),
    );
  });
});
