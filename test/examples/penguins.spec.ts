import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { checkBlueprint, checkDeclaration } from '#domain/blueprint';
import { digestBytes } from '#evidence';
import { runPlainStep } from './step-harness.js';

const home = fileURLToPath(new URL('../../../examples/penguins/', import.meta.url));
const code = `${home}src`;
const knobs = { learningRate: 0.1, epochs: 300, l2: 0.001 };

type Case = { y: number; p: number[] };
type Matrix = number[][];
type Scaler = { mean: number[]; sd: number[] };
type Objective = { loss: number; gradient: Matrix };
const load = (name: string): Promise<unknown> => import(`${code}/${name}.mjs`);
const model = (await load('model')) as {
  objective(weights: Matrix, xs: Matrix, ys: number[], l2: number): Objective;
  fit(xs: Matrix, ys: number[], classes: number, knobs: object): Matrix;
  fitScaler(rows: Matrix): Scaler;
};
const scores = (await load('scores')) as {
  scoresOf(cases: Case[], classes: number): Record<string, number>;
};
const statistics = (await load('statistics')) as {
  wilson(hits: number, n: number): { low: number; high: number };
  tQuantile975(df: number): number;
  mcnemarExact(a: number, b: number): number;
};

const raw = readFileSync(`${home}data/penguins.csv`, 'utf8');
const [header = '', ...lines] = raw.trimEnd().split('\n');
const known = lines.filter((line) => line.split(',')[6] !== 'NA');

/** Any assignment will do here: within each species every fifth row. */
function foldsOf(rows: readonly string[], k: number) {
  const seen = new Map<string, number>();
  const place = rows.map((row) => {
    const species = row.split(',')[0] ?? '';
    seen.set(species, (seen.get(species) ?? 0) + 1);
    return (seen.get(species) ?? 0) % k;
  });
  const pick = (keep: (fold: number) => boolean) => place.flatMap((fold, row) => (keep(fold) ? [row] : []));
  const folds = Array.from({ length: k }, (_, fold) => ({
    fold,
    train: pick((at) => at !== fold),
    test: pick((at) => at === fold),
  }));
  return JSON.stringify({ algorithm: 'every-kth/1', k, seed: 0, folds });
}

function step(name: string, inputs: Record<string, string>, fold?: number) {
  const place = fold === undefined ? {} : { fold };
  const done = runPlainStep({ command: [process.execPath, `${name}.mjs`], code, inputs, knobs, ...place });
  expect(done.stderr).toBe('');
  expect(done.status).toBe(0);
  return done;
}

function wholeExperiment() {
  const folds = foldsOf(known, 5);
  const prepared = step('prepare', { raw: `${[header, ...known].join('\n')}\n` });
  const clean = prepared.output('clean.csv');
  prepared.close();
  const fanIn: Record<string, string> = {};
  for (let fold = 0; fold < 5; fold += 1) {
    const trained = step('train', { clean, 'folds.json': folds }, fold);
    fanIn[`folds/${fold}/model`] = trained.output('model.json');
    fanIn[`folds/${fold}/predictions`] = trained.output('predictions.csv');
    trained.close();
  }
  const reported = step('report', { ...fanIn, 'folds.json': folds });
  const result = { ...fanIn, html: reported.output('report.html'), metrics: reported.output('metrics.json') };
  reported.close();
  return { result, points: reported.points };
}

describe('the penguins experiment', () => {
  it('has the data that DATA.md describes', () => {
    expect(lines).toHaveLength(344);
    expect(known).toHaveLength(333);
    expect(readFileSync(`${home}DATA.md`, 'utf8')).toContain(digestBytes(Buffer.from(raw)));
  });

  it('declares a blueprint and knobs without a problem', () => {
    const file = 'holdfast.yaml';
    expect(checkBlueprint(readFileSync(home + file, 'utf8'), { file }).problems).toEqual([]);
    for (const name of readdirSync(`${home}catalogue`)) {
      const { problems } = checkDeclaration(readFileSync(`${home}catalogue/${name}`, 'utf8'), { file: name });
      expect(problems).toEqual([]);
    }
  });

  it('recognises penguins, far better than guessing, and byte for byte the same twice', () => {
    const first = wholeExperiment();
    expect(wholeExperiment()).toEqual(first);
    const accuracy = first.points.find(({ name }) => name === 'accuracy')?.value ?? 0;
    expect(accuracy).toBeGreaterThan(0.95);
    expect(first.result.html).toContain('<svg');
    expect(first.result.html).not.toMatch(/<script|https?:\/\/|NaN|undefined/);
    expect(JSON.parse(first.result.metrics)).toMatchObject({ rows: 333, folds: 5 });
  });

  it('refuses rows that are in training and held out', () => {
    const leak = JSON.stringify({ folds: [{ fold: 0, train: [0, 1], test: [1] }] });
    const clean = `row,species,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g\n0,Adelie,1,1,1,1\n1,Gentoo,2,2,2,2\n`;
    const inputs = { clean, 'folds.json': leak };
    const done = runPlainStep({ command: [process.execPath, 'train.mjs'], code, inputs, knobs, fold: 0 });
    expect(done.status).not.toBe(0);
    expect(done.stderr).toContain('rows 1 are in training and held out');
    done.close();
  });
});

describe('the model', () => {
  const xs = [
    [1, 0.3, -1.2],
    [1, -0.7, 0.4],
    [1, 1.9, 0.8],
    [1, -0.2, -0.5],
  ];
  const ys = [0, 1, 2, 1];
  const weights = [
    [0.1, -0.4, 0.2],
    [0.3, 0.5, -0.6],
    [-0.2, 0.05, 0.7],
  ];

  it('has the gradient that finite differences give', () => {
    const { gradient } = model.objective(weights, xs, ys, 0.37);
    const h = 1e-6;
    for (const [c, row] of weights.entries())
      for (const j of row.keys()) {
        const moved = (by: number) => {
          const copy = weights.map((values) => [...values]);
          (copy[c] as number[])[j] = (row[j] ?? 0) + by;
          return model.objective(copy, xs, ys, 0.37).loss;
        };
        expect(gradient[c]?.[j]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 7);
      }
  });

  it('ends where the gradient is zero', () => {
    const fitted = model.fit(xs, ys, 3, { learningRate: 0.5, epochs: 5000, l2: 0.1 });
    const { gradient } = model.objective(fitted, xs, ys, 0.1);
    expect(Math.max(...gradient.flat().map(Math.abs))).toBeLessThan(1e-10);
  });

  it('standardises with n − 1', () => {
    expect(model.fitScaler([[1], [2], [3]])).toEqual({ mean: [2], sd: [1] });
  });
});

describe('scores and intervals', () => {
  const cases: Case[] = [
    { y: 0, p: [0.7, 0.2, 0.1] },
    { y: 0, p: [0.4, 0.5, 0.1] },
    { y: 1, p: [0.1, 0.8, 0.1] },
    { y: 2, p: [0.2, 0.2, 0.6] },
  ];

  it('agree with a computation by hand', () => {
    const { accuracy, balanced_accuracy, log_loss, brier } = scores.scoresOf(cases, 3);
    expect(accuracy).toBe(3 / 4);
    expect(balanced_accuracy).toBeCloseTo((1 / 2 + 1 + 1) / 3, 14);
    expect(log_loss).toBeCloseTo(-Math.log(0.7 * 0.4 * 0.8 * 0.6) / 4, 14);
    expect(brier).toBeCloseTo((0.14 + 0.62 + 0.06 + 0.24) / 4, 14);
  });

  it('agree with published tables', () => {
    expect(statistics.tQuantile975(1)).toBeCloseTo(12.7062, 4);
    expect(statistics.tQuantile975(4)).toBeCloseTo(2.7764, 4);
    expect(statistics.tQuantile975(9)).toBeCloseTo(2.2622, 4);
    expect(statistics.wilson(81, 263).low).toBeCloseTo(0.2553, 4);
    expect(statistics.wilson(81, 263).high).toBeCloseTo(0.3662, 4);
    expect(statistics.mcnemarExact(9, 1)).toBeCloseTo(22 / 1024, 12);
    expect(statistics.mcnemarExact(0, 0)).toBe(1);
  });
});
