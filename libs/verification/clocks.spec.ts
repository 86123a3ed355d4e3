import { describe, expect, it } from '@jest/globals';
import { watchClocks } from './clocks.js';
import { openTimes } from './times.js';

const start = Date.parse('2026-01-31T09:30:00.000Z');
type Append = readonly [instance: string, order: number, ms: number];

/** What is told of these appends, in the order of the store. */
function found(...appends: readonly Append[]): string[] {
  const told: string[] = [];
  const clocks = watchClocks(({ code, index }) => told.push(`${code} ${index}`));
  const times = openTimes(appends.length);
  for (const [index, [instance, instanceOrder, ms]] of appends.entries())
    times.add(index, { recordedAt: new Date(start + ms).toISOString(), instance, instanceOrder });
  clocks.see(times.all());
  clocks.end();
  return told;
}

describe('clocks', () => {
  it('of instances that write by turns, overtake each other or start again may be 5 s apart', () => {
    expect(found(['a', 0, 5000], ['b', 0, 0], ['a', 1, 5000], ['b', 1, 1])).toEqual([]);
    expect(found(['a', 0, 0], ['a', 2, 2], ['a', 1, 1], ['a', 3, 2], ['a', 3, 2])).toEqual([]);
    // Its next start has a name of its own, and counts from 0.
    expect(found(['a', 0, 0], ['a', 1, 90_000], ['a2', 0, 85_001], ['a2', 1, 91_000])).toEqual([]);
  });

  it('may not run backwards within an instance, nor say two times of one append', () => {
    expect(found(['a', 0, 1], ['a', 1, 0])).toEqual(['CLOCK_BACKWARDS 1']);
    expect(found(['a', 0, 0], ['a', 2, 1], ['a', 1, 2])).toEqual(['CLOCK_BACKWARDS 2']);
    expect(found(['a', 0, 0], ['a', 0, 1])).toEqual(['CLOCK_BACKWARDS 1']);
  });

  it('may not be more than 5 s behind another instance, which is told once for as long as it lasts', () => {
    const behind = (n: number): Append => ['b', n, 3000 * n];
    const right = (n: number): Append => ['a', n, 3000 * n + 5001];
    const by = [0, 1, 2, 3, 4].flatMap((n) => [right(n), behind(n)]);
    expect(found(...by)).toEqual(['CLOCK_BEHIND 1']);
    expect(found(...by, ['b', 5, 20_000], ['a', 5, 26_000], ['b', 6, 20_100])).toEqual([
      'CLOCK_BEHIND 1',
      'CLOCK_BEHIND 12',
    ]);
    // Put back before it started again.
    expect(found(['a', 0, 0], ['a', 1, 90_000], ['a2', 0, 84_000], ['a2', 1, 84_100])).toEqual([
      'CLOCK_BEHIND 2',
    ]);
  });

  it('are not blamed for appends that took long, alone or together', () => {
    const others: Append = ['a', 0, 10_000];
    expect(found(others, ['b', 0, 0], ['b', 1, 10_000])).toEqual([]);
    // The way of one instance to the store was cut: what it had under way comes at once, when it is mended.
    const cut = [others, ['b', 0, 0], ['b', 1, 5], ['a', 1, 10_500], ['b', 2, 4000]] as const;
    expect(found(...cut, ['b', 3, 10_600])).toEqual([]);
    // Nothing came after that would say that the clock is right.
    expect(found(...cut)).toEqual(['CLOCK_BEHIND 1']);
    expect(found(others, ['b', 0, 0])).toEqual(['CLOCK_BEHIND 1']);
    // Longer than an append can take.
    expect(found(['a', 0, 60_000], ['b', 0, 0], ['b', 1, 1], ['b', 2, 60_000])).toEqual(['CLOCK_BEHIND 1']);
  });
});
