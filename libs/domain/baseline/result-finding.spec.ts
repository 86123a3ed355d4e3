import { describe, expect, it } from '@jest/globals';
import { seededNormal } from '../drift/testing/seeded-normal.js';
import { limitsOf, resultFinding } from './index.js';

const none = { abs: 0, rel: 0 };

describe('a result', () => {
  it('alarms no more often than is stated on 1,000 identical draws, for 95 of 100 baselines', () => {
    const normal = seededNormal(20260101);
    const rate = 0.01;
    const bound = 1000 * rate + 3 * Math.sqrt(1000 * rate * (1 - rate));
    const good = Array.from({ length: 100 }, () => {
      const limits = limitsOf(Array.from({ length: 20 }, normal), none);
      const alarms = Array.from({ length: 1000 }, normal).filter((value) =>
        resultFinding('m', limits, value),
      );
      return alarms.length <= bound;
    }).filter((fits) => fits);
    expect(good.length).toBeGreaterThanOrEqual(95);
  });

  it('alarms on a shift of six standard deviations, every time', () => {
    const normal = seededNormal(7);
    const limits = limitsOf(Array.from({ length: 20 }, normal), none);
    const missed = Array.from({ length: 1000 }, () => resultFinding('m', limits, normal() + 8)).filter(
      (finding) => finding === undefined,
    );
    expect(missed).toEqual([]);
    expect(resultFinding('m', limits, 6)).toMatchObject({ test: 'tolerance interval (Howe 1969)', n: 20 });
  });

  it('says how far it is outside, on which side, and of what', () => {
    expect(resultFinding('loss', limitsOf([0.5], { abs: 0.1, rel: 0 }), 0.3)).toMatchObject({
      ...{ kind: 'result', subject: 'loss', test: 'tolerance', n: 1 },
      detail: '0.3 is 0.1 below the limit 0.4; accepted was 0.5',
    });
    expect(resultFinding('loss', limitsOf([0.5], { abs: 0.1, rel: 0 }), 0.6)).toBeUndefined();
  });

  it('that is missing is a finding, and one that cannot be decided is none', () => {
    const limits = limitsOf([1, 2, 3], none);
    expect(resultFinding('loss', limits, 100)).toBeUndefined();
    expect(resultFinding('loss', limits, undefined)).toMatchObject({ test: 'presence', statistic: 1, n: 3 });
  });
});
