import { systemChance, systemClock } from '#kernel';
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
    /**
     * So many slots with so many runs each, one after another, while the next one waits. They begin by turns, in equal parts of a sleep, so
     * that what surrounds a step is not asked for by all at once.
     * @returns runs a second, from the first end to the last
     */
    async rate(slots: number, each: number): Promise<number> {
      const ends: number[] = [];
      const sleepMs = seconds * 1000;
      const one = async () => {
        const run = await ended(system, await submitOne());
        if (run.failure) throw new Error(`${run.failure.failureClass}: ${run.failure.message}`);
        ends.push(performance.now());
      };
      const slot = async (_: unknown, i: number) => {
        await systemClock.sleep((i * sleepMs) / slots);
        let running = one();
        await systemClock.sleep(sleepMs / 2);
        for (let left = each - 1; left > 0; left--) {
          const waiting = one();
          await running;
          running = waiting;
        }
        await running;
      };
      await Promise.all(Array.from({ length: slots }, slot));
      return ((ends.length - 1) * 1000) / ((ends.at(-1) as number) - (ends[0] as number));
    },
  };
}
