// Intervals and tests, each with its source.
import { sum } from './model.mjs';

export const mean = (values) => sum(values) / values.length;

/** Standard deviation with n − 1. */
export function sd(values) {
  const centre = mean(values);
  return Math.sqrt(sum(values.map((value) => (value - centre) ** 2)) / (values.length - 1));
}

/** Wilson's score interval of a share (1927), 95 %: treats rows as independent. */
export function wilson(hits, n, z = 1.959963984540054) {
  const p = hits / n;
  const scale = 1 + z ** 2 / n;
  const centre = (p + z ** 2 / (2 * n)) / scale;
  const half = (z / scale) * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/**
 * Mean over folds ± t · s · √(1/k + n_test/n_train), 95 %, k − 1 degrees of freedom: Nadeau & Bengio (2003). Folds share
 * training rows, so the plain s/√k would be too narrow.
 */
export function correctedInterval(values, testRows, trainRows) {
  const half =
    tQuantile975(values.length - 1) * sd(values) * Math.sqrt(1 / values.length + testRows / trainRows);
  return { low: mean(values) - half, high: mean(values) + half };
}

/** McNemar's exact test, two-sided: of the rows that only one of two was right about, is the split a fair coin's? */
export function mcnemarExact(onlyFirst, onlySecond) {
  const n = onlyFirst + onlySecond;
  if (n === 0) return 1;
  let tail = 0;
  let term = 0.5 ** n;
  for (let i = 0; i <= Math.min(onlyFirst, onlySecond); i += 1) {
    tail += term;
    term *= (n - i) / (i + 1);
  }
  return Math.min(1, 2 * tail);
}

/** The 97.5 % quantile of Student's t: the distribution function by Simpson's rule, inverted by bisection. */
export function tQuantile975(df) {
  let [low, high] = [0, 1000];
  for (let i = 0; i < 80; i += 1) {
    const middle = (low + high) / 2;
    if (centralHalf(middle, df) < 0.475) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Mass between 0 and t: with t = √df · tan θ the density is a constant times cos^(df−1) θ, over a finite range. */
function centralHalf(t, df) {
  const end = Math.atan(t / Math.sqrt(df));
  return integral(end, df) / integral(Math.PI / 2, df) / 2;
}

function integral(end, df, parts = 2000) {
  let total = 0;
  for (let i = 0; i <= parts; i += 1) {
    const weight = i === 0 || i === parts ? 1 : i % 2 === 1 ? 4 : 2;
    total += weight * Math.cos((end * i) / parts) ** (df - 1);
  }
  return (total * end) / parts / 3;
}
