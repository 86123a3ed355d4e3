import { comparePaths } from '#evidence';
import type { StepInstance } from '#domain/manifest';
import type { Metric } from './events.js';

/** What one process wrote under one name. */
type Series = Pick<Metric, 'name' | 'value' | 'count' | 'min' | 'max'>;

/** What one step wrote under one name: of one process, or of each fold in their order. */
interface Written {
  readonly step: string;
  readonly folded: boolean;
  readonly series: Series[];
}

/**
 * The metrics of a run, by name: what the last step in the order of the graph wrote. Of a step that ran per fold it is the mean of
 * the folds that wrote it.
 */
export function runMetrics(
  order: readonly Pick<StepInstance, 'id' | 'step' | 'fold'>[],
  writtenBy: (instance: string) => readonly Series[],
): Metric[] {
  const last = new Map<string, Written>();
  for (const { id, step, fold } of order)
    for (const one of writtenBy(id)) {
      const written = last.get(one.name);
      if (written?.step === step) written.series.push(one);
      else last.set(one.name, { step, folded: fold !== null, series: [one] });
    }
  return [...last]
    .sort(([a], [b]) => comparePaths(a, b))
    .map(([name, { folded, series }]) => metricOf(name, folded, series));
}

function metricOf(name: string, folded: boolean, series: readonly Series[]): Metric {
  const values = series.map(({ value }) => value);
  const n = values.length;
  const value = sum(values) / n;
  const squares = values.map((one) => (one - value) ** 2);
  return {
    name,
    value,
    count: sum(series.map(({ count }) => count)),
    min: Math.min(...series.map(({ min }) => min)),
    max: Math.max(...series.map(({ max }) => max)),
    folds: folded ? n : 0,
    ...(folded && n > 1 ? { sd: Math.sqrt(sum(squares) / (n - 1)) } : {}),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
