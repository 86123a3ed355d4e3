import { describe, expect, it } from '@jest/globals';
import { homogeneity, kolmogorovSmirnov } from './samples.js';
import { moments, toleranceInterval } from './tolerance-interval.js';
import { seededNormal } from './testing/seeded-normal.js';

describe('two samples', () => {
  const a = [-1.303, -0.537, 0.028, 0.294, 0.33, 0.346, 0.365, 0.446, 0.547, 0.581, 0.822, 0.905];
  const b = [
    -1.911, -1.089, 0.018, 0.064, 0.318, 0.508, 0.524, 0.543, 0.625, 0.637, 0.808, 0.84, 1.399, 1.807, 2.094,
  ];

  it('Kolmogorov–Smirnov statistic is that of SciPy ks_2samp', () => {
    expect(kolmogorovSmirnov(a, b, 0.01)).toMatchObject({
      statistic: 0.3333333333333333,
      n: 27,
      alarm: false,
    });
  });

  it('an empty sample raises no alarm', () => {
    expect(kolmogorovSmirnov([], b, 0.01).alarm).toBe(false);
  });

  it('homogeneity gives the p-value of SciPy chi2_contingency', () => {
    const counts = (x: number, y: number, z: number) =>
      new Map([
        ['x', x],
        ['y', y],
        ['z', z],
      ]);
    const result = homogeneity(counts(20, 30, 50), counts(30, 30, 20), 0.01);
    expect(1 - result.statistic).toBeCloseTo(0.001667502015585043, 12);
    expect(result.alarm).toBe(true);
  });

  it('rare categories are pooled instead of trusted', () => {
    const result = homogeneity(
      new Map([
        ['a', 100],
        ['rare', 1],
      ]),
      new Map([
        ['a', 100],
        ['odd', 1],
      ]),
      0.01,
    );
    expect(result.alarm).toBe(false);
  });

  it('keeps to its false-alarm rate on 1,000 identical draws and sees a shift of one sd', () => {
    const normal = seededNormal(20260101);
    const draw = (n: number, shift = 0) =>
      Array.from({ length: n }, () => normal() + shift).sort((x, y) => x - y);
    const alarms = Array.from({ length: 1000 }, () => kolmogorovSmirnov(draw(50), draw(50), 0.01)).filter(
      (r) => r.alarm,
    );
    expect(alarms.length).toBeLessThanOrEqual(10);
    expect(kolmogorovSmirnov(draw(50), draw(50, 1), 0.01).alarm).toBe(true);
  });
});

describe('tolerance interval', () => {
  it('is Howe’s: k = 3.617 for n = 20, content 0.99, confidence 0.95', () => {
    const { upper } = toleranceInterval(0, 1, 20);
    expect(upper).toBeCloseTo(3.617, 2);
  });

  it('leaves out at most one in a hundred unchanged runs for 95 of 100 baselines', () => {
    const normal = seededNormal(7);
    let good = 0;
    for (let baseline = 0; baseline < 200; baseline++) {
      const { mean, sd } = moments(Array.from({ length: 12 }, normal));
      const { lower, upper } = toleranceInterval(mean, sd, 12);
      const outside = Array.from({ length: 1000 }, normal).filter((x) => x < lower || x > upper).length;
      if (outside <= 10 + 6) good++;
    }
    expect(good).toBeGreaterThanOrEqual(190);
  });
});
