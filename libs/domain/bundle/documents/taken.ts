import { inputPlan, instanceId } from '#domain/manifest';
import type { Output } from '#domain/run';
import type { Execution, RunRecord } from './record.js';

/** What an execution took in: data of the run, or an output of an execution before it. */
export type Taken = { readonly data: string } | { readonly execution: Execution; readonly output: Output };

/** In the order of the plan; what never came to be, since an attempt ended before, is left out. */
export function takenBy(
  { manifest }: Pick<RunRecord, 'manifest'>,
  { step }: Execution,
  executions: readonly Execution[],
): Taken[] {
  const before = new Map(
    executions
      .filter((other) => other.step.epoch === step.epoch)
      .map((other) => [instanceId(other.step.step, other.step.fold), other]),
  );
  return inputPlan(manifest, step).flatMap(({ from }): Taken[] => {
    if ('data' in from) return [{ data: from.data }];
    const execution = before.get(from.instance);
    const output = execution?.step.outputs.find(({ name }) => name === from.output);
    return execution && output ? [{ execution, output }] : [];
  });
}
