import { systemChance } from '#kernel';
import { declare, ended, submit, type Driven, type Experiment } from '../../support/experiment.js';

const namespace = 'sleepers';

const sleeping = (seconds: number): Experiment => ({
  ...{ namespace, name: `sleep-${seconds}` },
  files: { 'run.sh': `#!/bin/sh\nset -e\n/bin/sleep ${seconds}\necho done > "$HOLDFAST_OUTPUTS/out.txt"\n` },
  knobs: { alpha: 1 },
  blueprint: {
    knobs: { alpha: 1 },
    steps: { wait: { run: ['./run.sh'], out: { out: 'out.txt' } } },
  },
});

/** Runs of one step that waits, no two alike. */
export async function sleepingRuns(system: Driven, seconds: number) {
  await declare(system, sleeping(seconds));
  const submitOne = () =>
    submit(system, { namespace, name: `sleep-${seconds}`, overrides: { alpha: systemChance.fraction() } });
  return {
    submit: submitOne,
    /** @returns milliseconds from the first submission to the last end */
    async all(count: number): Promise<number> {
      const startedAt = performance.now();
      const one = async () => {
        const run = await ended(system, await submitOne());
        if (run.failure) throw new Error(`${run.failure.failureClass}: ${run.failure.message}`);
      };
      await Promise.all(Array.from({ length: count }, one));
      return performance.now() - startedAt;
    },
  };
}
