// All folds → what the experiment says: report.html for people, metrics.json for programs.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { emit } from './metrics.mjs';
import { note, page, section, table } from './page.mjs';
import { sum } from './model.mjs';
import { species } from './penguins.mjs';
import { curves, foldPlot, heatMap } from './plots.mjs';
import { calibration, confusion, decided, scoresOf } from './scores.mjs';
import { correctedInterval, mcnemarExact, mean, sd, wilson } from './statistics.mjs';
import { readTable } from './table.mjs';

const root = 'inputs/folds';
const folds = readdirSync(root)
  .sort((a, b) => Number(a) - Number(b))
  .map((fold) => {
    const model = JSON.parse(readFileSync(`${root}/${fold}/model`, 'utf8'));
    const majority = model.trainCounts.indexOf(Math.max(...model.trainCounts));
    const cases = readTable(`${root}/${fold}/predictions`).map((row) => ({
      row: Number(row.row),
      y: species.indexOf(row.species),
      p: species.map((name) => Number(row[`p_${name}`])),
      majority,
    }));
    return { model, cases, scores: scoresOf(cases, species.length) };
  });

const cases = folds.flatMap((fold) => fold.cases).sort((a, b) => a.row - b.row);
if (new Set(cases.map(({ row }) => row)).size !== cases.length) throw new Error('a row was held out twice');
const testRows = cases.length / folds.length;
const trainRows = mean(folds.map(({ model }) => model.trainRows));
const names = ['accuracy', 'balanced_accuracy', 'log_loss', 'brier'];
const perFold = Object.fromEntries(
  names.map((name) => {
    const values = folds.map(({ scores }) => scores[name]);
    return [
      name,
      {
        values,
        mean: mean(values),
        sd: sd(values),
        interval: correctedInterval(values, testRows, trainRows),
      },
    ];
  }),
);

const pooled = scoresOf(cases, species.length);
const right = ({ y, p }) => decided(p) === y;
const guessed = ({ y, majority }) => majority === y;
const hits = cases.filter(right).length;
const baselineHits = cases.filter(guessed).length;
const baseline = {
  accuracy: baselineHits / cases.length,
  onlyModelRight: cases.filter((one) => right(one) && !guessed(one)).length,
  onlyBaselineRight: cases.filter((one) => !right(one) && guessed(one)).length,
};
const p = mcnemarExact(baseline.onlyModelRight, baseline.onlyBaselineRight);
const interval = wilson(hits, cases.length);
const trust = calibration(cases, species.length);
const counts = confusion(cases, species.length);
const { knobs } = folds[0].model;

emit([
  ...names.map((name) => ({ name, value: pooled[name] })),
  { name: 'calibration/expected_error', value: trust.expectedError },
  { name: 'baseline/accuracy', value: baseline.accuracy },
]);
mkdirSync('outputs', { recursive: true });
const metrics = {
  rows: cases.length,
  folds: folds.length,
  knobs,
  pooled,
  wilson95: interval,
  perFold,
  baseline: { ...baseline, mcnemarP: p },
  confusion: { species, counts },
  calibration: trust,
};
writeFileSync('outputs/metrics.json', `${JSON.stringify(metrics, null, 1)}\n`);

const four = (value) => value.toFixed(4);
// An interval of a t quantile may leave the range of the measure; the report says so by showing it as computed.
const span = ({ low, high }) => `${four(low)} to ${four(high)}`;
const wrong = cases.filter((one) => !right(one));
const title = 'Do four body measurements tell three penguin species apart?';
const lead = `${hits} of ${cases.length} held-out birds were recognised (${(100 * pooled.accuracy).toFixed(1)} %, 95 % interval ${(100 * interval.low).toFixed(1)} to ${(100 * interval.high).toFixed(1)} %); always naming the commonest species would get ${baselineHits} (${(100 * baseline.accuracy).toFixed(1)} %).`;

writeFileSync(
  'outputs/report.html',
  page(title, lead, [
    section(
      'Scores',
      table(
        `${folds.length} folds, about ${Math.round(testRows)} rows held out in each`,
        ['measure', 'pooled', 'mean of folds', 'sd', '95 % interval of the mean'],
        names.map((name) => [
          name.replace('_', ' '),
          four(pooled[name]),
          four(perFold[name].mean),
          four(perFold[name].sd),
          span(perFold[name].interval),
        ]),
      ),
      note(
        'Pooled: every bird counts once, predicted by the model that had not seen it. Log loss in nats; Brier from 0 to 2. Interval of the mean: t · sd · √(1/k + n_test/n_train), after Nadeau and Bengio (2003), since folds share training rows; it may leave the possible range when folds differ little from the best. Interval in the first paragraph: Wilson’s, which takes birds as independent.',
      ),
      foldPlot({
        values: perFold.accuracy.values,
        mean: perFold.accuracy.mean,
        interval: perFold.accuracy.interval,
        baseline: baseline.accuracy,
      }),
    ),
    section(
      'Which species are confused',
      heatMap({ counts, names: species }),
      wrong.length === 0
        ? note('None.')
        : table(
            'Birds that were not recognised',
            ['row', 'species', 'taken for', 'with probability'],
            wrong.map((one) => [one.row, species[one.y], species[decided(one.p)], four(Math.max(...one.p))]),
          ),
    ),
    section(
      'Better than guessing?',
      note(
        `The model alone was right about ${baseline.onlyModelRight} birds, the majority class alone about ${baseline.onlyBaselineRight}; McNemar’s exact test, two-sided: ${p < 1e-4 ? 'p < 0.0001' : `p = ${four(p)}`}.`,
      ),
    ),
    section(
      'Can the probabilities be trusted?',
      table(
        'Confidence against how often it was right',
        ['birds', 'mean confidence', 'share right', 'gap'],
        trust.bins.map(({ rows, confidence, right: share }) => [
          rows,
          four(confidence),
          four(share),
          four(confidence - share),
        ]),
      ),
      note(
        `Expected calibration error ${four(trust.expectedError)}: mean gap, weighted by birds. A bin of few birds says little.`,
      ),
    ),
    section(
      'How it was learned',
      curves({ folds: folds.map(({ model }) => model.curve) }),
      note(
        `Multinomial logistic regression, gradient descent over all training rows: learning rate ${knobs.learningRate}, ${knobs.epochs} epochs, l2 ${knobs.l2}. Measurements are standardised with mean and sd of the training rows of each fold. Held-out loss was watched, not used. ${sum(counts.flat())} rows; data: Gorman, Williams & Fraser (2014), CC0.`,
      ),
    ),
  ]),
);
console.log(lead);
