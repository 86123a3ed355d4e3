// clean → model, predictions of the held-out rows of one fold.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { emit } from './metrics.mjs';
import { fit, fitScaler, objective, predict, scaled } from './model.mjs';
import { examplesOf, features, species } from './penguins.mjs';
import { logLoss, scoresOf } from './scores.mjs';
import { readTable, tableText } from './table.mjs';

const { knobs, fold } = JSON.parse(readFileSync('params.json', 'utf8'));
const { folds } = JSON.parse(readFileSync('inputs/folds.json', 'utf8'));
const { train, test } = folds.find((entry) => entry.fold === fold);
const all = examplesOf(readTable('inputs/clean'));
const leaked = test.filter((row) => train.includes(row));
if (leaked.length > 0) throw new Error(`rows ${leaked.join(', ')} are in training and held out`);

const scaler = fitScaler(train.map((row) => all[row].x));
const examples = (rows) => ({
  xs: rows.map((row) => scaled(scaler, all[row].x)),
  ys: rows.map((row) => all[row].y),
});
const seen = examples(train);
const held = examples(test);
const casesOf = (weights) => held.xs.map((x, i) => ({ y: held.ys[i], p: predict(weights, x) }));

// Held-out loss is watched, never used: no early stopping, no choice of epoch.
const every = Math.max(1, Math.ceil(knobs.epochs / 50));
const curve = [];
const weights = fit(seen.xs, seen.ys, species.length, knobs, (epoch, current) => {
  if (epoch % every !== 0 && epoch !== knobs.epochs) return;
  const { loss } = objective(current, seen.xs, seen.ys, knobs.l2);
  curve.push({ epoch, objective: loss, heldOutLogLoss: logLoss(casesOf(current)) });
});

const cases = casesOf(weights);
const scores = scoresOf(cases, species.length);
emit([
  ...curve.map(({ epoch, objective }) => ({ name: 'train/objective', value: objective, step: epoch })),
  ...curve.map(({ epoch, heldOutLogLoss }) => ({
    name: 'held-out/log_loss',
    value: heldOutLogLoss,
    step: epoch,
  })),
  ...Object.entries(scores).map(([name, value]) => ({ name, value })),
]);

const counts = species.map((_, c) => seen.ys.filter((y) => y === c).length);
mkdirSync('outputs', { recursive: true });
writeFileSync(
  'outputs/model.json',
  `${JSON.stringify({ fold, features, species, scaler, weights, trainRows: train.length, trainCounts: counts, knobs, curve }, null, 1)}\n`,
);
const columns = species.map((name) => `p_${name}`);
writeFileSync(
  'outputs/predictions.csv',
  tableText(
    ['row', 'species', ...columns],
    test.map((row, i) => ({
      row,
      species: species[cases[i].y],
      ...Object.fromEntries(columns.map((column, c) => [column, cases[i].p[c]])),
    })),
  ),
);
console.log(
  `fold ${fold}: ${train.length} rows seen, ${test.length} held out, accuracy ${scores.accuracy.toFixed(4)}`,
);
