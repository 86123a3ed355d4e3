import type { Metric } from '#domain/run';
import type { ResultComparison, RunResult } from './results.js';

/** `identical`: bitwise. `equivalent`: every declared metric within tolerance. `diverged`: neither. */
export type Verdict = 'identical' | 'equivalent' | 'diverged';

/** Two values agree when |a−b| ≤ abs + rel·|a|, `a` being the original. */
export type Tolerance = { readonly abs: number; readonly rel: number };

export const within = (a: number, b: number, { abs, rel }: Tolerance): boolean =>
  Object.is(a, b) || Math.abs(a - b) <= abs + rel * Math.abs(a);

/**
 * The verdict on a repeated run. `tolerances` are of the declared metrics; with none declared nothing short of
 * identical bytes is equivalent, and a declared metric that either side lacks has diverged.
 */
export function judge(
  original: RunResult,
  repeated: RunResult,
  comparison: ResultComparison,
  tolerances: Readonly<Record<string, Tolerance>>,
): Verdict {
  if (comparison.differences.length === 0) return 'identical';
  const declared = Object.entries(tolerances);
  if (declared.length === 0 || !sameSteps(original, repeated)) return 'diverged';
  const agree = declared.every(([name, tolerance]) => {
    const [a, b] = [valueOf(original.metrics, name), valueOf(repeated.metrics, name)];
    return a !== undefined && b !== undefined && within(a, b, tolerance);
  });
  return agree ? 'equivalent' : 'diverged';
}

const valueOf = (metrics: readonly Metric[], name: string) =>
  metrics.find((metric) => metric.name === name)?.value;

const sameSteps = (a: RunResult, b: RunResult): boolean =>
  JSON.stringify(a.steps.map(({ step, fold }) => [step, fold])) ===
  JSON.stringify(b.steps.map(({ step, fold }) => [step, fold]));
