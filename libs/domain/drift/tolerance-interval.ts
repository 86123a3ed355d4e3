import { chiSquareQuantile, normalQuantile } from './distributions.js';

/** At least this share of unchanged runs falls inside … */
export const content = 0.99;
/** … with this confidence over the choice of the accepted runs. */
export const confidence = 0.95;
/** Fewer accepted values than this say nothing reliable about a spread. */
export const smallestSample = 8;

export type Interval = { readonly lower: number; readonly upper: number };

/**
 * Two-sided normal tolerance interval after Howe (1969): mean ± k·s with
 * k = z((1+content)/2)·√((n−1)(1+1/n) / χ²(1−confidence; n−1)), n ≥ {@link smallestSample}.
 * The rate of false alarms is at most 1−content for {@link confidence} of all baselines.
 */
export function toleranceInterval(mean: number, sd: number, n: number): Interval {
  const k =
    normalQuantile((1 + content) / 2) *
    Math.sqrt(((n - 1) * (1 + 1 / n)) / chiSquareQuantile(1 - confidence, n - 1));
  return { lower: mean - k * sd, upper: mean + k * sd };
}

/** Mean and sample standard deviation (n−1), by Welford's update; sd is 0 for one value. */
export function moments(values: readonly number[]): { readonly mean: number; readonly sd: number } {
  let mean = 0;
  let squares = 0;
  values.forEach((value, i) => {
    const delta = value - mean;
    mean += delta / (i + 1);
    squares += delta * (value - mean);
  });
  return { mean, sd: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)) };
}
