// How good predictions are. `cases` are [{ y, p }]: the true class and the probability given to each class.
import { sum } from './model.mjs';

/** The first of the most probable classes. */
export const decided = (p) => p.indexOf(Math.max(...p));

/** counts[truth][decision] */
export function confusion(cases, classes) {
  const counts = Array.from({ length: classes }, () => Array(classes).fill(0));
  for (const { y, p } of cases) counts[y][decided(p)] += 1;
  return counts;
}

export const accuracy = (cases) => cases.filter(({ y, p }) => decided(p) === y).length / cases.length;

/** Mean over classes of the share that was recognised; classes that do not occur do not count. */
export function balancedAccuracy(cases, classes) {
  const recalls = confusion(cases, classes).flatMap((row, c) => {
    const total = sum(row);
    return total === 0 ? [] : [row[c] / total];
  });
  return sum(recalls) / recalls.length;
}

/** Mean of −ln p(truth), in nats; a probability below 1e-15 counts as that. */
export const logLoss = (cases) =>
  -sum(cases.map(({ y, p }) => Math.log(Math.max(p[y], 1e-15)))) / cases.length;

/** Brier's score of 1950: mean over rows of Σ over classes (p − truth)²; 0 is best, 2 worst. */
export const brier = (cases) =>
  sum(cases.map(({ y, p }) => sum(p.map((value, c) => (value - (c === y ? 1 : 0)) ** 2)))) / cases.length;

export const scoresOf = (cases, classes) => ({
  accuracy: accuracy(cases),
  balanced_accuracy: balancedAccuracy(cases, classes),
  log_loss: logLoss(cases),
  brier: brier(cases),
});

/**
 * Confidence of the decision against how often it was right, in bins of equal width over [1/classes, 1]; empty bins left
 * out. The expected calibration error is the mean gap, weighted by rows.
 */
export function calibration(cases, classes, bins = 5) {
  const low = 1 / classes;
  const groups = Array.from({ length: bins }, () => []);
  for (const one of cases) {
    const confidence = Math.max(...one.p);
    const bin = Math.min(bins - 1, Math.floor(((confidence - low) / (1 - low)) * bins));
    groups[Math.max(0, bin)].push({ confidence, right: decided(one.p) === one.y ? 1 : 0 });
  }
  const filled = groups.flatMap((group) => {
    if (group.length === 0) return [];
    const mean = (key) => sum(group.map((entry) => entry[key])) / group.length;
    return [{ rows: group.length, confidence: mean('confidence'), right: mean('right') }];
  });
  const error = sum(
    filled.map(({ rows, confidence, right }) => (rows / cases.length) * Math.abs(confidence - right)),
  );
  return { bins: filled, expectedError: error };
}
