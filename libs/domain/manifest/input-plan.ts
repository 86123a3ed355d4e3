import { instanceId, type StepInstance, dataFoldCount } from './step-order.js';
import type { Manifest, PinnedStep } from './manifest.js';

/** One thing to put below `inputs/` before a step starts. */
export type PlannedInput = {
  /** Below `inputs/`, `/` between segments. */
  readonly path: string;
  readonly from:
    | { readonly data: string }
    /** `instance` is a {@link StepInstance.id}; `output` the name of a declared output. */
    | { readonly instance: string; readonly output: string };
};

/**
 * Where everything a step instance takes in belongs, sorted by path. `<input>` for data or one output;
 * `<input>/<output>` for all outputs of a step; from a step per fold into a single one, `<input>/<fold>` and
 * `<input>/<fold>/<output>`. A step per fold sees its own fold of a step per fold.
 */
export function inputPlan(
  manifest: Pick<Manifest, 'pinned'>,
  { step, fold }: Pick<StepInstance, 'step' | 'fold'>,
): PlannedInput[] {
  const { steps } = manifest.pinned;
  const k = dataFoldCount(manifest);
  const plan = Object.entries(steps[step]?.in ?? {}).flatMap(([name, source]): PlannedInput[] => {
    if ('data' in source) return [{ path: name, from: { data: source.data } }];
    const outputs = outputsTaken(steps[source.step], source.output);
    const folded = steps[source.step]?.each === 'fold';
    const fanIn = folded && fold === null;
    const folds = fanIn ? Array.from({ length: k }, (_, index) => index) : [folded ? fold : null];
    return folds.flatMap((from) =>
      outputs.map((output) => ({
        path: [name, ...(fanIn ? [from] : []), ...(source.output === undefined ? [output] : [])].join('/'),
        from: { instance: instanceId(source.step, from), output },
      })),
    );
  });
  return plan.sort((a, b) => (a.path < b.path ? -1 : 1));
}

const outputsTaken = (step: PinnedStep | undefined, output: string | undefined): readonly string[] =>
  output === undefined ? Object.keys(step?.out ?? {}) : [output];
