import { expect, it } from '@jest/globals';
import type { StepInstance } from '#domain/manifest';
import type { FailureClass } from '#sandbox';
import { decisiveFailure, type StepResult } from './step-result.js';

const instance = (step: string, fold: number | null = null): StepInstance => ({
  id: fold === null ? step : `${step}[${fold}]`,
  step,
  fold,
  needs: [],
});
const result = (failure?: FailureClass): StepResult => {
  const end =
    failure === undefined
      ? { status: 'completed' }
      : { status: 'failed', failure: { class: failure, message: failure } };
  return { outcome: end } as unknown as StepResult;
};
const order = [instance('prepare'), ...[0, 1, 2].map((fold) => instance('train', fold)), instance('report')];

it('the failure of an attempt is the first in the order of the graph that is not the consequence of another', () => {
  const results = new Map([
    ['train[2]', result('timeout')],
    ['train[1]', result('command-failed')],
    ['train[0]', result('cancelled')],
    ['prepare', result()],
  ]);
  expect(decisiveFailure(order, results)).toEqual({
    class: 'command-failed',
    message: 'command-failed',
    step: 'train',
    fold: 1,
  });
  expect(decisiveFailure(order, new Map([['prepare', result()]]))).toBeUndefined();
  expect(decisiveFailure(order, new Map([['prepare', result('cancelled')]]))).toMatchObject({
    class: 'cancelled',
    step: 'prepare',
  });
});
