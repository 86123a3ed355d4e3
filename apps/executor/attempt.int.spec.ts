import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunEvent } from '#domain/run';
import { startAttempt } from './attempt/attempt.js';
import { openLocalScheduler, type LocalScheduler } from './testing/local-scheduler.js';
import { executorId, openWorkshop, type Experiment, type Workshop } from './testing/workshop.js';

let shop: Workshop;
let local: LocalScheduler;
beforeEach(async () => {
  shop = await openWorkshop();
  local = openLocalScheduler();
});
afterEach(() => shop.close());

async function start(experiment: Experiment) {
  const { digest, steps } = await shop.manifest(experiment);
  const run = local.submit(digest, steps);
  const attempt = startAttempt(local.claim(run, executorId), { ...shop.workplace, door: local.door });
  return { run, attempt };
}
async function carryOut(experiment: Experiment) {
  const { run, attempt } = await start(experiment);
  await attempt.ended;
  return local.events(run);
}
const ofType = <T extends RunEvent['type']>(events: readonly RunEvent[], type: T) =>
  events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
const places = (events: readonly RunEvent[]) =>
  ofType(events, 'StepCompleted').map(({ step, fold }) => (fold === null ? step : `${step}[${fold}]`));

const penguins = fileURLToPath(new URL('../../../examples/penguins/', import.meta.url));
async function penguinsExperiment(): Promise<Experiment> {
  const files: Record<string, string> = {};
  for (const name of await readdir(`${penguins}src`))
    files[name] = await readFile(`${penguins}src/${name}`, 'utf8');
  const { digest } = await shop.store.put(await readFile(`${penguins}data/penguins.csv`));
  const folds = { algorithm: 'stratified-k-fold/1', k: 5, seed: 11, stratify: 'species' };
  return {
    files,
    steps: {
      prepare: { in: { raw: { data: 'penguins' } }, out: { clean: 'clean.csv' } },
      train: {
        in: { clean: { step: 'prepare', output: 'clean' } },
        out: { model: 'model.json', predictions: 'predictions.csv' },
        each: 'fold',
      },
      report: { in: { folds: { step: 'train' } }, out: { report: 'report.html', metrics: 'metrics.json' } },
    },
    pinned: {
      data: { penguins: { digest, format: 'csv', where: 'sex is known', folds } },
      knobs: { learningRate: 0.1, epochs: 300, l2: 0.001 },
    },
  };
}

describe('an attempt', () => {
  it('carries the penguins through, the same bytes twice', async () => {
    const experiment = await penguinsExperiment();
    const events = await carryOut(experiment);
    expect(events.map(({ type }) => type)).toEqual([
      ...['RunSubmitted', 'RunAdmitted', 'RunClaimed', 'RunStarted'],
      ...Array.from({ length: 7 }, () => 'StepCompleted'),
      'RunCompleted',
    ]);
    const [started] = ofType(events, 'RunStarted');
    const folds = JSON.parse(await shop.text(started?.folds ?? '')) as { rows: number; folds: unknown[] };
    expect([folds.rows, folds.folds.length]).toEqual([333, 5]);
    expect(started?.isolation).toMatchObject({ level: shop.workplace.sandboxes.offered[0] });
    expect(JSON.parse(await shop.text(started?.fingerprint ?? ''))).toMatchObject({
      holdfast: 'fingerprint/1',
    });

    const [completed] = ofType(events, 'RunCompleted');
    const accuracy = completed?.metrics.find(({ name }) => name === 'accuracy');
    expect(accuracy).toMatchObject({ folds: 0 });
    expect(accuracy?.value).toBeGreaterThan(0.95);
    expect(completed?.metrics.find(({ name }) => name === 'held-out/log_loss')).toMatchObject({
      folds: 5,
      sd: expect.any(Number),
    });

    const outputs = (run: readonly RunEvent[]) =>
      ofType(run, 'StepCompleted')
        .map(({ step, fold, outputs, metrics, seed }) => ({ step, fold, outputs, metrics, seed }))
        .sort((a, b) => `${a.step}${a.fold}`.localeCompare(`${b.step}${b.fold}`));
    const again = await carryOut(experiment);
    expect(outputs(again)).toEqual(outputs(events));
    expect(ofType(again, 'RunCompleted')[0]?.metrics).toEqual(completed?.metrics);
  });
});
