import { inputPlan, instanceId } from '#domain/manifest';
import type { Output } from '#domain/run';
import type { Execution, RunRecord } from './record.js';

/** What an execution took in: data of the run, or an output of an execution before it. */
export type Taken = { readonly data: string } | { readonly execution: Execution; readonly output: Output };

/** What each of these took in, in the order of the plan; what never came to be, since an attempt ended before, is left out. */
export function taking(
  { manifest }: Pick<RunRecord, 'manifest'>,
  executions: readonly Execution[],
): (execution: Execution) => Taken[] {
  const known = new Map(
    executions.map((one) => [`${one.step.epoch} ${instanceId(one.step.step, one.step.fold)}`, one]),
  );
  return ({ step }) =>
    inputPlan(manifest, step).flatMap(({ from }): Taken[] => {
      if ('data' in from) return [{ data: from.data }];
      const execution = known.get(`${step.epoch} ${from.instance}`);
      const output = execution?.step.outputs.find(({ name }) => name === from.output);
      return execution && output ? [{ execution, output }] : [];
    });
}
