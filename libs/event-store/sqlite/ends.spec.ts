import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { streamId } from '#kernel';
import { openEnds } from './ends.js';
import { openStreamFilter } from './stream-filter.js';

const some = (count: number, kind = 'run') =>
  Array.from({ length: count }, () => streamId(kind, randomUUID()));

describe('the filter of streams', () => {
  it('never denies one that is there, and seldom takes another for one, however many there are', () => {
    const filter = openStreamFilter();
    const there = some(100_000);
    for (const stream of there) filter.add(stream);
    expect(there.every((stream) => filter.mayHold(stream))).toBe(true);
    expect(some(20_000).filter((stream) => filter.mayHold(stream)).length).toBeLessThan(400);
  });

  it('tells streams of the same UUID apart by their kind', () => {
    const filter = openStreamFilter();
    const ids = Array.from({ length: 10_000 }, () => randomUUID());
    for (const id of ids) filter.add(streamId('run', id));
    expect(ids.filter((id) => filter.mayHold(streamId('bundle', id))).length).toBeLessThan(200);
  });
});

describe('ends of streams', () => {
  it('know what is not there when they have heard of everything, and of what came meanwhile', async () => {
    const [old, young, absent] = [some(3), some(2), some(2)];
    const asked: number[] = [];
    const first = Promise.withResolvers<void>();
    const ends = openEnds(async (after) => {
      asked.push(after);
      await first.promise;
      const names = old.slice(after, after + 2);
      return { names, last: after + names.length };
    });
    expect(ends.isBeyond(absent[0]!, 0)).toBe(false);
    ends.set(absent[0]!, -1);
    expect([absent[0]!, absent[1]!].map((stream) => ends.isBeyond(stream, 0))).toEqual([true, false]);
    ends.set(young[0]!, 0);
    first.resolve();
    await new Promise(setImmediate);
    ends.set(young[1]!, 4);
    expect(asked).toEqual([0, 2, 3]);
    expect(absent.map((stream) => ends.isBeyond(stream, 0))).toEqual([true, true]);
    expect(old.map((stream) => ends.isBeyond(stream, 1))).toEqual([false, false, false]);
    expect(young.map((stream) => ends.isBeyond(stream, 0))).toEqual([false, false]);
    expect([ends.isBeyond(young[1]!, 4), ends.isBeyond(young[1]!, 5)]).toEqual([false, true]);
  });

  it('ask again after they could not be told', async () => {
    let failures = 1;
    const ends = openEnds((after) =>
      failures-- > 0 ? Promise.reject(new Error('busy')) : Promise.resolve({ names: [], last: after }),
    );
    const [one, other] = some(2);
    ends.set(one!, -1);
    await new Promise(setImmediate);
    expect(ends.isBeyond(other!, 0)).toBe(false);
    ends.set(other!, -1);
    await new Promise(setImmediate);
    expect(ends.isBeyond(some(1)[0]!, 0)).toBe(true);
  });
});
