import { canonicalBytes } from '#evidence';
import type { Digest } from '#kernel';
import { inputPlan, stepSeed, type Manifest, type StepInstance } from '#domain/manifest';
import type { EnvironmentSpec, StepInput, StepOutcome, StepSpec } from '#sandbox';
import type { DataInput } from './data-inputs.js';

/** What all steps of one attempt have in common. */
export interface StepSurroundings {
  readonly manifest: Manifest;
  readonly runKey: Digest;
  readonly environment: EnvironmentSpec;
  /** Values by variable name. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Where the inputs of a step come from. */
export interface InputSources {
  readonly data: Readonly<Record<string, DataInput>>;
  /** Digest of `folds.json`. */
  readonly folds: Digest | undefined;
  readonly outcomeOf: (instance: string) => StepOutcome | undefined;
}

/** Everything that reaches one step instance: a pure function of the manifest and of what the steps before it left. */
export function composeStep(
  { manifest, runKey, environment, secrets }: StepSurroundings,
  instance: StepInstance,
  sources: InputSources,
): StepSpec {
  const { step, fold } = instance;
  const { pinned } = manifest;
  const declared = pinned.steps[step];
  if (declared === undefined) throw new Error(`the manifest has no step ${step}`);
  const { timeoutMs, memoryBytes, cpu, pids, diskBytes } = pinned.resources;
  const seed = stepSeed(manifest, instance);
  return {
    step,
    fold,
    argv: declared.run,
    code: pinned.code.tree,
    environment,
    inputs: inputsOf(manifest, instance, sources),
    params: canonicalBytes({ knobs: pinned.knobs, seed, fold, step }),
    outputs: declared.out,
    limits: { timeoutMs, memoryBytes, cpu, pids, diskBytes },
    network: pinned.determinism.network,
    runKey,
    seed,
    sourceDateEpoch: pinned.determinism.sourceDateEpoch,
    variables: pinned.determinism.variables,
    secrets,
  };
}

function inputsOf(manifest: Manifest, instance: StepInstance, { data, folds, outcomeOf }: InputSources) {
  const planned = inputPlan(manifest, instance).map(({ path, from }): StepInput => {
    if ('data' in from) {
      const input = data[from.data];
      if (input === undefined) throw new Error(`the manifest has no data ${from.data}`);
      return { path, ...input };
    }
    const output = outcomeOf(from.instance)?.outputs.find(({ name }) => name === from.output);
    if (output === undefined) throw new Error(`${from.instance} left no output ${from.output}`);
    if (output.kind === 'tree') return { path, tree: output.digest };
    return { path, blob: output.digest, executable: output.mode === '100755' };
  });
  return folds === undefined ? planned : [...planned, { path: 'folds.json', blob: folds }];
}
