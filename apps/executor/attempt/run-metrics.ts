import { comparePaths } from '#evidence';
import type { StepInstance } from '#domain/manifest';
import type { Metric } from '#domain/run';
import type { MetricSummary } from '#sandbox';
import type { StepResult } from './step-result.js';

/** What one step wrote under one name: of one process, or of each fold in their order. */
interface Written {
  readonly step: string;
  readonly folded: boolean;
  readonly summaries: MetricSummary[];
}

/**
 * The metrics of a run, by name: what the last step in the order of the graph wrote. Of a step that ran per fold it is the mean of
 * the folds that wrote it.
 */
export function runMetrics(
  order: readonly StepInstance[],
  results: ReadonlyMap<string, Pick<StepResult, 'outcome'>>,
): Metric[] {
  const last = new Map<string, Written>();
  for (const { id, step, fold } of order)
    for (const summary of results.get(id)?.outcome.metrics.summary ?? []) {
      const written = last.get(summary.name);
      if (written?.step === step) written.summaries.push(summary);
      else last.set(summary.name, { step, folded: fold !== null, summaries: [summary] });
    }
  return [...last]
    .sort(([a], [b]) => comparePaths(a, b))
    .map(([name, { folded, summaries }]) => metricOf(name, folded, summaries));
}

function metricOf(name: string, folded: boolean, summaries: readonly MetricSummary[]): Metric {
  const values = summaries.map(({ last }) => last);
  const n = values.length;
  const value = sum(values) / n;
  const squares = values.map((one) => (one - value) ** 2);
  return {
    name,
    value,
    count: sum(summaries.map(({ count }) => count)),
    min: Math.min(...summaries.map(({ min }) => min)),
    max: Math.max(...summaries.map(({ max }) => max)),
    folds: folded ? n : 0,
    ...(folded && n > 1 ? { sd: Math.sqrt(sum(squares) / (n - 1)) } : {}),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
