import { expect, it } from '@jest/globals';
import { streamId } from '#kernel';
import { decodeEnvelope } from '#contracts/stored';
import { appended } from '../support/appended.js';
import { declare, ended, submit, type Experiment } from '../support/experiment.js';
import { bothWays } from './both-ways.js';

const mean = `
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
const { knobs } = JSON.parse(readFileSync(process.env.HOLDFAST_PARAMS, 'utf8'));
const masses = readFileSync('inputs/raw', 'utf8').trim().split('\\n').slice(1).map((line) => Number(line.split(',')[1]));
const mean = masses.reduce((sum, mass) => sum + mass, 0) / masses.length * knobs.scale;
appendFileSync(process.env.HOLDFAST_METRICS, JSON.stringify({ name: 'mean', value: mean, step: 0 }) + '\\n');
writeFileSync('outputs/mean.json', JSON.stringify({ mean }));
console.log('the mean is', mean);
`;
const penguins = (namespace: string): Experiment => ({
  namespace,
  name: 'masses',
  files: { 'mean.mjs': mean },
  datasets: { birds: 'species,mass\nadelie,3700\ngentoo,5000\n' },
  knobs: { scale: 1 },
  blueprint: {
    data: { birds: { dataset: 'birds@1' } },
    knobs: { scale: 1 },
    steps: { mean: { run: ['node', 'mean.mjs'], in: { raw: 'data.birds' }, out: { mean: 'mean.json' } } },
    metrics: { mean: { goal: 'none' } },
  },
});

bothWays('a run', (system) => {
  it('goes from a declared blueprint to outputs, metrics and a sealed bundle', async () => {
    const experiment = penguins('whole');
    await declare(system(), experiment);
    const submitted = await submit(system(), experiment);
    const run = await ended(system(), submitted);
    expect({ status: run.status, failure: run.failure }).toEqual({
      status: 'RUN_STATUS_COMPLETED',
      failure: undefined,
    });
    expect(run.metrics).toMatchObject([{ name: 'mean', value: 4350 }]);
    const seen = await appended(system(), streamId('bundle', run.id), 'BundleSealed');
    const { namespace, id: runId } = run;
    const { bundle } = await system().connection.provenance.getBundle({ namespace, runId }, seen);
    expect(bundle).toMatchObject({ runId: run.id, reproducibilityKey: run.reproducibilityKey });

    const history = await Array.fromAsync(system().eventStore.readStream(streamId('run', run.id)));
    const events = history.flat().map(({ type, bytes }) => [type, decodeEnvelope(bytes).metadata] as const);
    expect(events.map(([type]) => type)).toEqual([
      ...['RunSubmitted', 'RunAdmitted', 'RunClaimed', 'RunStarted', 'StepCompleted', 'RunCompleted'],
    ]);
    const correlations = new Set(events.map(([, { correlationId }]) => correlationId));
    expect(correlations.size).toBe(1);
  });

  it('repeated with other knobs has another key; with the same ones the same key and outputs', async () => {
    const experiment = penguins('repeated');
    await declare(system(), experiment);
    const submitted = [
      await submit(system(), experiment),
      await submit(system(), experiment),
      await submit(system(), { ...experiment, overrides: { scale: 2 } }),
    ];
    const runs = await Promise.all(submitted.map((run) => ended(system(), run)));
    const keys = runs.map(({ reproducibilityKey }) => reproducibilityKey);
    expect([new Set(keys).size, keys[0] === keys[1]]).toEqual([2, true]);
    expect(runs.map(({ metrics }) => metrics[0]?.value)).toEqual([4350, 4350, 8700]);
    const outputs = runs.map(({ steps }) =>
      steps.flatMap((step) => step.outputs.map(({ digest }) => digest)),
    );
    expect(outputs[0]).toHaveLength(1);
    expect(outputs[1]).toEqual(outputs[0]);
    expect(outputs[2]).not.toEqual(outputs[0]);
  });
});
