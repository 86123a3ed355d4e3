import { expect, it } from '@jest/globals';
import { systemClock, toInstant } from '#kernel';
import type { ReadStore } from '#read-store';
import { atSetTimes } from './at-set-times.js';

const hourMs = 3_600_000;

/** How often it acts within so many hours that begin at 0, when it was begun at a time before. */
async function acts(hours: number, begunMs: number): Promise<number> {
  let [begun, nowMs, count] = [String(begunMs), 0, 0];
  const store = {
    getSetting: async () => begun,
    setSetting: async (_: string, __: unknown, value: string) => ((begun = value), true),
  };
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const clock = {
    ...systemClock,
    now: () => toInstant(nowMs),
    async sleep(ms: number, signal?: AbortSignal) {
      await new Promise(setImmediate);
      signal?.throwIfAborted();
      if ((nowMs += ms) > hours * hourMs) resolve();
    },
  };
  const act = async () => void count++;
  const end = atSetTimes(
    { readStore: store as unknown as ReadStore, clock },
    [{ name: 'work', everyMs: hourMs, act }],
    () => undefined,
  );
  await over;
  await end();
  return count;
}

it('work at set times is done when it is time, and not put off by a clock that was years ahead', async () => {
  expect(await acts(3, 0)).toBe(3);
  // By a clock that is as far ahead of this one as it may be.
  expect(await acts(3, 5_000)).toBe(3);
  expect(await acts(3, 10 * 365 * 24 * hourMs)).toBe(4);
});
