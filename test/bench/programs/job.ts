import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assignFolds, foldsText } from '#domain/fold';
import { declare, ended, submit, type Experiment } from '../../support/experiment.js';
import type { Program } from '../harness/figure.js';
import { bareStep } from '../support/bare-step.js';
import { temporaryFolder } from '../support/folder.js';
import { startServer } from '../support/server.js';

const example = fileURLToPath(new URL('../../../../examples/penguins/', import.meta.url));
const code = join(example, 'src');
const csv = readFileSync(join(example, 'data/penguins.csv'), 'utf8');
const folds = { k: 2, seed: 11, stratify: 'species' };
const assignedBy = { algorithm: 'stratified-k-fold/1', ...folds };
const files = Object.fromEntries(
  readdirSync(code).map((name) => [name, readFileSync(join(code, name), 'utf8')]),
);

const experimentOf = (knobs: Readonly<Record<string, number>>): Experiment => ({
  ...{ namespace: 'bench', name: 'species', files, datasets: { penguins: csv }, knobs },
  blueprint: {
    data: { penguins: { dataset: 'penguins@1', where: 'sex is known', folds } },
    knobs,
    steps: {
      prepare: { run: ['node', 'prepare.mjs'], in: { raw: 'data.penguins' }, out: { clean: 'clean.csv' } },
      train: {
        ...{ run: ['node', 'train.mjs'], in: { clean: 'prepare.clean' }, each: 'fold' },
        out: { model: 'model.json', predictions: 'predictions.csv' },
      },
    },
    resources: { cpu: 1, memory: '256Mi', timeout: '2m' },
  },
});

/** The example with more epochs: prepared, then trained in two folds at once; as tracked runs, and by hand. */
export const job: Program = async (full) => {
  const knobs = { learningRate: 0.1, epochs: full ? 30_000 : 6000, l2: 0.001 };
  const folder = await temporaryFolder('job');
  const server = await startServer({ dataDir: folder.at('data') });
  const { connection } = server;
  const experiment = experimentOf(knobs);
  await declare({ connection }, experiment);

  const [header = '', ...lines] = csv.trimEnd().split('\n');
  const known = lines.filter((line) => line.split(',')[6] !== 'NA');
  const labels = known.map((line) => line.split(',')[0] ?? '');
  const assigned = assignFolds(assignedBy, { count: known.length, labels });
  const [raw, assignment] = [folder.at('raw.csv'), folder.at('folds.json')];
  writeFileSync(raw, `${[header, ...known].join('\n')}\n`);
  writeFileSync(assignment, [...foldsText(assignedBy, assigned)].join(''));

  let seed = 0;
  async function tracked(): Promise<void> {
    const run = await submit({ connection }, { ...experiment, overrides: { seed: ++seed } });
    const { failure } = await ended({ connection }, run);
    if (failure) throw new Error(failure.message);
  }
  async function byHand(): Promise<void> {
    const dir = folder.at(`by-hand-${++seed}`);
    const step = (name: string, script: string, inputs: Record<string, string>, fold: number | null) =>
      bareStep({ folder: `${dir}-${name}`, code, script, inputs, knobs, fold });
    const clean = join(await step('prepare', 'prepare.mjs', { raw }, null), 'clean.csv');
    const inputs = { clean, 'folds.json': assignment };
    await Promise.all([0, 1].map((fold) => step(`train-${fold}`, 'train.mjs', inputs, fold)));
  }
  async function seconds(work: () => Promise<void>) {
    const startedAt = performance.now();
    await work();
    return { 'job.time': (performance.now() - startedAt) / 1000 };
  }
  await tracked();
  return {
    ours: () => seconds(tracked),
    bare: () => seconds(byHand),
    ...(full ? {} : { smaller: { 'job.time': `${knobs.epochs} epochs` } }),
    async close() {
      await server.stop();
      await folder.remove();
    },
  };
};
