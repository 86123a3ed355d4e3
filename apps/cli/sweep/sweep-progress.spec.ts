import { describe, expect, it } from '@jest/globals';
import type { scheduler } from '#contracts';
import { stateLine } from './sweep-progress.js';

const sweep = (completed: number, members = 4) =>
  ({ id: '8f11d84d-0000', members, completed, failed: 0, cancelled: 0 }) as scheduler.Sweep;
const running = (done: number, stepsTotal = 7) => ({
  ...{ stepsTotal, epoch: 1 },
  steps: Array.from({ length: done }, () => ({ epoch: 1, status: 'completed' }) as scheduler.Step),
});

describe('how far a sweep is', () => {
  it.each<[string, string]>([
    [stateLine(sweep(0), [], 0, 300), 'sweep 8f11d84d  0 of 4 runs, 300 ms'],
    [
      stateLine(sweep(0), [running(3), running(4)], 0, 2000),
      'sweep 8f11d84d  0 of 4 runs, 2 running, 7 of 14 of their steps, 2 s, about 6 s left',
    ],
    [
      stateLine(sweep(2), [running(0), running(0)], 0, 4000),
      'sweep 8f11d84d  2 of 4 runs, 2 running, 0 of 14 of their steps, 4 s, about 4 s left',
    ],
    [stateLine(sweep(4), [], 0, 8000), 'sweep 8f11d84d  4 of 4 runs, 8 s'],
  ])('%#: counts members, and the steps of those that run', (line, expected) => {
    expect(line).toBe(expected);
  });

  it('does not count what had ended before, nor steps of an earlier attempt', () => {
    expect(stateLine(sweep(3), [], 2, 1000)).toBe('sweep 8f11d84d  3 of 4 runs, 1 s, about 1 s left');
    const again = { ...running(2), epoch: 2 };
    expect(stateLine(sweep(0, 1), [again], 0, 1000)).toBe(
      'sweep 8f11d84d  0 of 1 runs, 1 running, 0 of 7 of their steps, 1 s',
    );
  });
});
