import { describe, expect, it } from '@jest/globals';
import {
  chiSquareQuantile,
  chiSquareTail,
  kolmogorovCritical,
  kolmogorovTail,
  logGamma,
  normalCdf,
  normalQuantile,
} from './distributions.js';

/** Values of SciPy 1.17.1: chi2.ppf, chi2.sf, norm.ppf, kstwobign.isf/.sf, gammaln. */
const close = (actual: number, expected: number) =>
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-8 * Math.max(1, Math.abs(expected)));

describe('distributions', () => {
  it.each([
    [0.05, 7, 2.167349909298057],
    [0.05, 19, 10.117013063859044],
    [0.95, 1, 3.841458820694124],
    [0.99, 30, 50.89218131151707],
    [0.5, 3, 2.3659738843753377],
    [0.05, 99, 77.04633186376029],
  ])('chi-square quantile of %d with %d degrees of freedom', (p, df, expected) => {
    close(chiSquareQuantile(p, df), expected);
  });

  it.each([
    [3.84, 1, 0.05004352124870519],
    [10, 5, 0.07523524614651217],
    [0.5, 2, 0.7788007830714049],
    [200, 150, 0.003973185970821635],
  ])('chi-square tail beyond %d with %d degrees of freedom', (x, df, expected) => {
    close(chiSquareTail(x, df), expected);
  });

  it.each([
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.995, 2.5758293035489004],
    [0.9, 1.2815515655446004],
    [1e-6, -4.753424308822899],
  ])('normal quantile of %d', (p, expected) => {
    close(normalQuantile(p), expected);
    close(normalCdf(expected), p);
  });

  it.each([
    [0.05, 1.3580986393225507],
    [0.01, 1.6276236115189504],
    [0.001, 1.9494746035043753],
  ])('Kolmogorov critical value at %d', (alpha, expected) => {
    close(kolmogorovCritical(alpha), expected);
  });

  it.each([
    [0.5, 0.9639452436648751],
    [1, 0.26999967167735456],
    [1.5, 0.022217962616525127],
    [2, 0.0006709252557796953],
  ])('Kolmogorov tail beyond %d', (x, expected) => {
    close(kolmogorovTail(x), expected);
  });

  it.each([
    [0.5, 0.5723649429247],
    [1, 0],
    [3.3, 0.9870985778947343],
    [100.25, 360.28455963776423],
  ])('ln Γ(%d)', (x, expected) => {
    close(logGamma(x), expected);
  });
});
