import { systemChance } from '#kernel';
import type { scheduler } from '#contracts';
import type { Connection } from '#rpc';
import { declare, ended, key, type Experiment } from '../../support/experiment.js';

const knobNames = ['alpha', 'beta', 'gamma', 'delta', 'epsilon'];

/** What a step does here and in every comparison: five metrics and one output of 1 KiB, no two runs the same. */
export const script = `#!/bin/sh
run=\${HOLDFAST_RUN_KEY#sha256:}
n=$((0x\${run%"\${run#??????}"}))
for name in a b c d e; do
  printf '{"name":"%s","value":%d,"step":1}\\n' $name $n
done > "$HOLDFAST_METRICS"
printf '%1024s' "$HOLDFAST_RUN_KEY" > "$HOLDFAST_OUTPUTS/out.bin"
`;

/** An experiment of so many steps, one after another. */
export const trivial = (steps = 1): Experiment => ({
  namespace: 'bench',
  name: `trivial-${steps}`,
  files: { 'run.sh': script },
  knobs: Object.fromEntries(knobNames.map((name) => [name, 1])),
  blueprint: {
    knobs: Object.fromEntries(knobNames.map((name) => [name, 1])),
    steps: Object.fromEntries(
      Array.from({ length: steps }, (_, i) => [
        `step-${i}`,
        {
          run: ['./run.sh'],
          out: { out: 'out.bin' },
          ...(i === 0 ? {} : { in: { before: `step-${i - 1}.out` } }),
        },
      ]),
    ),
  },
});

export const declareTrivial = async (connection: Connection, steps = 1): Promise<void> =>
  void (await declare({ connection }, trivial(steps)));

/** Submits one that no other run is like. */
export async function submitTrivial(
  { scheduler }: Connection,
  { pool, steps = 1 }: { readonly pool?: string; readonly steps?: number } = {},
): Promise<scheduler.Run> {
  const overrides = Object.fromEntries(knobNames.map((name) => [name, systemChance.fraction()]));
  const { run } = await scheduler.submitRun(
    {
      ...{ namespace: 'bench', what: { $case: 'blueprint', value: `trivial-${steps}` } },
      ...{ overrides: Buffer.from(JSON.stringify(overrides)), reason: 'a benchmark', priority: 0 },
      ...{ dryRun: false, ...(pool === undefined ? {} : { pool }) },
    },
    key(),
  );
  if (run === undefined || run.problems.length > 0) throw new Error(JSON.stringify(run?.problems));
  return run;
}

/** From the submission to an end that the client has seen. @returns milliseconds */
export async function runTrivial(connection: Connection): Promise<number> {
  const startedAt = performance.now();
  const run = await ended({ connection }, await submitTrivial(connection));
  if (run.failure) throw new Error(`${run.failure.failureClass}: ${run.failure.message}`);
  return performance.now() - startedAt;
}
