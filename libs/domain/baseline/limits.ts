import type { Tolerance } from '#domain/comparison';
import { content, moments, smallestSample, toleranceInterval } from '#domain/drift';

/** What a run is held against. `too-few`: 2–7 accepted values, nothing can be decided. */
export type Limits =
  | {
      readonly method: 'tolerance';
      readonly n: 1;
      readonly mean: number;
      readonly lower: number;
      readonly upper: number;
    }
  | { readonly method: 'too-few'; readonly n: number; readonly mean: number; readonly sd: number }
  | {
      readonly method: 'tolerance-interval';
      readonly n: number;
      readonly mean: number;
      readonly sd: number;
      readonly lower: number;
      readonly upper: number;
      readonly falseAlarmRate: number;
    };

/**
 * The limits of an accepted distribution; see README. From eight values the interval is never narrower than the
 * blueprint's tolerance, so results that do not vary at all are held to that.
 * Fewer than eight values that are all the same are one value seen several times: the tolerance decides.
 */
export function limitsOf(values: readonly number[], { abs, rel }: Tolerance): Limits {
  const n = values.length;
  const { mean, sd } = moments(values);
  const slack = abs + rel * Math.abs(mean);
  const constant = values.every((value) => value === values[0]);
  if (n === 1 || (constant && n < smallestSample)) {
    const value = values[0] as number;
    return { method: 'tolerance', n: 1, mean: value, lower: value - slack, upper: value + slack };
  }
  if (n < smallestSample) return { method: 'too-few', n, mean, sd };
  const interval = toleranceInterval(mean, sd, n);
  return {
    method: 'tolerance-interval',
    n,
    mean,
    sd,
    lower: Math.min(interval.lower, mean - slack),
    upper: Math.max(interval.upper, mean + slack),
    falseAlarmRate: 1 - content,
  };
}

/** How far a value lies outside, in the metric's unit; 0 inside, undefined when nothing can be decided. */
export function excess(limits: Limits, value: number): number | undefined {
  if (limits.method === 'too-few') return undefined;
  if (value < limits.lower) return value - limits.lower;
  return value > limits.upper ? value - limits.upper : 0;
}
