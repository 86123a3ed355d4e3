import { describe, expect, it } from '@jest/globals';
import type { StepInstance } from '#domain/manifest';
import type { FailureClass, MetricSummary, StepOutcome } from '#sandbox';
import { runMetrics } from './run-metrics.js';
import { decisiveFailure, type StepResult } from './step-result.js';

const instance = (step: string, fold: number | null = null): StepInstance => ({
  id: fold === null ? step : `${step}[${fold}]`,
  step,
  fold,
  needs: [],
});
const wrote = (...series: readonly (readonly [name: string, ...values: number[]])[]): MetricSummary[] =>
  series.map(([name, ...values]) => ({
    name,
    last: values.at(-1) as number,
    count: values.length,
    min: Math.min(...values),
    max: Math.max(...values),
  }));
const result = (summary: MetricSummary[], failure?: FailureClass): StepResult => {
  const end =
    failure === undefined
      ? { status: 'completed' }
      : { status: 'failed', failure: { class: failure, message: failure } };
  return { outcome: { ...end, metrics: { summary } } as unknown as StepOutcome } as StepResult;
};
const order = [instance('prepare'), ...[0, 1, 2].map((fold) => instance('train', fold)), instance('report')];

describe('metrics of a run', () => {
  it('are of the last step that wrote them; of folds the mean, with its deviation', () => {
    const results = new Map([
      ['prepare', result(wrote(['rows', 333], ['loss', 9, 8]))],
      ['train[0]', result(wrote(['loss', 5, 1], ['accuracy', 0.9]))],
      ['train[1]', result(wrote(['loss', 4, 2], ['accuracy', 0.8]))],
      ['train[2]', result(wrote(['loss', 7, 6, 3], ['accuracy', 0.7]))],
      ['report', result(wrote(['accuracy', 0.81]))],
    ]);
    expect(runMetrics(order, results)).toEqual([
      { name: 'accuracy', value: 0.81, count: 1, min: 0.81, max: 0.81, folds: 0 },
      { name: 'loss', value: 2, count: 7, min: 1, max: 7, folds: 3, sd: 1 },
      { name: 'rows', value: 333, count: 1, min: 333, max: 333, folds: 0 },
    ]);
  });

  it('are the mean of those folds that wrote them; of a single one there is no deviation', () => {
    const results = new Map([['train[1]', result(wrote(['loss', 4]))]]);
    expect(runMetrics(order, results)).toEqual([
      { name: 'loss', value: 4, count: 1, min: 4, max: 4, folds: 1 },
    ]);
    expect(runMetrics(order, new Map())).toEqual([]);
  });

  it('are the same in whatever order the folds ended', () => {
    const ends = [0, 1, 2].map(
      (fold) => [`train[${fold}]`, result(wrote(['loss', 0.1 * (fold + 1)]))] as const,
    );
    expect(runMetrics(order, new Map(ends.toReversed()))).toEqual(runMetrics(order, new Map(ends)));
  });
});

describe('the failure of an attempt', () => {
  it('is the first in the order of the graph that is not the consequence of another', () => {
    const results = new Map([
      ['train[2]', result([], 'timeout')],
      ['train[1]', result([], 'command-failed')],
      ['train[0]', result([], 'cancelled')],
      ['prepare', result([])],
    ]);
    expect(decisiveFailure(order, results)).toEqual({
      class: 'command-failed',
      message: 'command-failed',
      step: 'train',
      fold: 1,
    });
    expect(decisiveFailure(order, new Map([['prepare', result([])]]))).toBeUndefined();
    expect(decisiveFailure(order, new Map([['prepare', result([], 'cancelled')]]))).toMatchObject({
      class: 'cancelled',
      step: 'prepare',
    });
  });
});
