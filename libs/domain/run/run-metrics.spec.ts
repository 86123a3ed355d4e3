import { describe, expect, it } from '@jest/globals';
import { runMetrics } from './index.js';

const instance = (step: string, fold: number | null = null) => ({
  ...{ id: fold === null ? step : `${step}[${fold}]`, step, fold },
});
const wrote = (...series: readonly (readonly [name: string, ...values: number[]])[]) =>
  series.map(([name, ...values]) => ({
    name,
    value: values.at(-1) as number,
    count: values.length,
    min: Math.min(...values),
    max: Math.max(...values),
  }));
const order = [instance('prepare'), ...[0, 1, 2].map((fold) => instance('train', fold)), instance('report')];
const metricsOf = (results: ReadonlyMap<string, ReturnType<typeof wrote>>) =>
  runMetrics(order, (id) => results.get(id) ?? []);

describe('metrics of a run', () => {
  it('are of the last step that wrote them; of folds the mean, with its deviation', () => {
    const results = new Map([
      ['prepare', wrote(['rows', 333], ['loss', 9, 8])],
      ['train[0]', wrote(['loss', 5, 1], ['accuracy', 0.9])],
      ['train[1]', wrote(['loss', 4, 2], ['accuracy', 0.8])],
      ['train[2]', wrote(['loss', 7, 6, 3], ['accuracy', 0.7])],
      ['report', wrote(['accuracy', 0.81])],
    ]);
    expect(metricsOf(results)).toEqual([
      { name: 'accuracy', value: 0.81, count: 1, min: 0.81, max: 0.81, folds: 0 },
      { name: 'loss', value: 2, count: 7, min: 1, max: 7, folds: 3, sd: 1 },
      { name: 'rows', value: 333, count: 1, min: 333, max: 333, folds: 0 },
    ]);
  });

  it('are the mean of those folds that wrote them; of a single one there is no deviation', () => {
    const results = new Map([['train[1]', wrote(['loss', 4])]]);
    expect(metricsOf(results)).toEqual([{ name: 'loss', value: 4, count: 1, min: 4, max: 4, folds: 1 }]);
    expect(metricsOf(new Map())).toEqual([]);
  });

  it('are the same in whatever order the folds ended', () => {
    const ends = [0, 1, 2].map((fold) => [`train[${fold}]`, wrote(['loss', 0.1 * (fold + 1)])] as const);
    expect(metricsOf(new Map(ends.toReversed()))).toEqual(metricsOf(new Map(ends)));
  });
});
