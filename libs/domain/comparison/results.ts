import type { Metric, Output } from '#domain/run';
import type { Difference } from './difference.js';
import { describe } from './leaves.js';

/** What one step, or one fold of it, left behind. */
export type StepResult = {
  readonly step: string;
  readonly fold: number | null;
  readonly outputs: readonly Output[];
  /** Digest of the whole metric series, in the order the step wrote it. */
  readonly metrics: string;
  readonly summary: readonly Metric[];
};

export type RunResult = {
  /** In DAG order, folds in number order. */
  readonly steps: readonly StepResult[];
  readonly metrics: readonly Metric[];
};

export type ResultComparison = {
  /** First difference in DAG order, then by name; run metrics last. */
  readonly differences: readonly Difference[];
  /** The step in which the results part ways. */
  readonly firstDiffering?: string;
};

export const instance = (step: string, fold: number | null): string =>
  fold === null ? step : `${step}[${fold}]`;

/**
 * Compares every declared output of every step and the ordered metrics; not logs, times or undeclared outputs.
 * The order of the result is the order of the first run's steps.
 */
export function compareResults(a: RunResult, b: RunResult): ResultComparison {
  const others = new Map(b.steps.map((result) => [instance(result.step, result.fold), result]));
  const differences: Difference[] = [];
  let firstDiffering: string | undefined;
  for (const mine of a.steps) {
    const name = instance(mine.step, mine.fold);
    const found = compareStep(name, mine, others.get(name));
    others.delete(name);
    if (found.length > 0) firstDiffering ??= mine.step;
    differences.push(...found);
  }
  for (const [name, extra] of others) {
    firstDiffering ??= extra.step;
    differences.push(result(`steps.${name}`, 'only in the second'));
  }
  differences.push(...compareMetrics('metrics', a.metrics, b.metrics));
  return { differences, ...(firstDiffering === undefined ? {} : { firstDiffering }) };
}

function compareStep(name: string, a: StepResult, b: StepResult | undefined): Difference[] {
  if (b === undefined) return [result(`steps.${name}`, 'only in the first')];
  const theirs = new Map(b.outputs.map((output) => [output.name, output]));
  const names = [...new Set([...a.outputs, ...b.outputs].map((output) => output.name))].sort();
  const mine = new Map(a.outputs.map((output) => [output.name, output]));
  const outputs = names.flatMap((key): Difference[] => {
    const [x, y] = [mine.get(key), theirs.get(key)];
    if (x?.digest === y?.digest) return [];
    const detail =
      x && y
        ? `bytes changed, ${x.sizeBytes} became ${y.sizeBytes} bytes`
        : x
          ? 'only in the first'
          : 'only in the second';
    return [result(`outputs.${name}.${key}`, detail, x?.digest, y?.digest)];
  });
  if (a.metrics === b.metrics) return outputs;
  const values = compareMetrics(`metrics.${name}`, a.summary, b.summary);
  const series =
    values.length > 0
      ? values
      : [result(`metrics.${name}`, 'same last values, another series', a.metrics, b.metrics)];
  return [...outputs, ...series];
}

function compareMetrics(path: string, a: readonly Metric[], b: readonly Metric[]): Difference[] {
  const mine = new Map(a.map((metric) => [metric.name, metric.value]));
  const theirs = new Map(b.map((metric) => [metric.name, metric.value]));
  const names = [...new Set([...mine.keys(), ...theirs.keys()])].sort();
  return names.flatMap((name): Difference[] => {
    const [x, y] = [mine.get(name), theirs.get(name)];
    if (Object.is(x, y)) return [];
    return [result(`${path}.${name}`, describe(x, y), x?.toString(), y?.toString())];
  });
}

const result = (what: string, detail: string, a?: string, b?: string): Difference => ({
  area: 'result',
  what,
  ...(a === undefined ? {} : { a }),
  ...(b === undefined ? {} : { b }),
  detail,
  likelihood: 0,
});
