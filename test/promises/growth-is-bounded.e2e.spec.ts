import { expect, it } from '@jest/globals';
import { declare, type Experiment } from '../support/experiment.js';
import { isSealed, runAgain } from '../support/outcomes.js';
import type { System } from '../support/system.js';
import { onOneSystem } from './on-one-system.js';

const trivialBytes = 20_000;
const stepBytes = 3_000;
const experiment = (steps: number): Experiment => ({
  namespace: 'grown',
  name: `steps-${steps}`,
  files: { 'main.sh': '#!/bin/sh\n' },
  blueprint: {
    steps: Object.fromEntries(Array.from({ length: steps }, (_, i) => [`s${i}`, { run: ['./main.sh'] }])),
  },
});
/** Bytes of every event of a run, its bundle included, as the event store holds them. */
async function recordedBytes({ eventStore }: System, run: string): Promise<number> {
  let bytes = 0;
  for await (const batch of eventStore.readAll())
    for (const event of batch) if (event.stream.endsWith(run)) bytes += event.bytes.length;
  return bytes;
}

onOneSystem('growth for each run is stated and measured', (system) => {
  it('a trivial run adds less than 20 KB of events, each step less than 3 KB more', async () => {
    const sizes = [];
    for (const steps of [1, 5]) {
      await declare(system(), experiment(steps));
      const run = await runAgain(system(), experiment(steps));
      await isSealed(system(), run);
      sizes.push(await recordedBytes(system(), run.id));
    }
    const [one = Infinity, five = Infinity] = sizes;
    process.stdout.write(`a run of one step: ${one} bytes of events; each more: ${(five - one) / 4}\n`);
    expect(one).toBeGreaterThan(0);
    expect(one).toBeLessThan(trivialBytes);
    expect((five - one) / 4).toBeLessThan(stepBytes);
  });
});
