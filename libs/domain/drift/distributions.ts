/**
 * The four distributions that drift tests need. Checked against SciPy 1.16 to 1e-8 in `distributions.spec.ts`.
 */

/** Upper tail and quantile come from here: ln Γ(x), x > 0. Lanczos, g = 7, nine terms (Godfrey 2001), ~1e-14. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const series = lanczos.reduce((sum, term, i) => (i === 0 ? term : sum + term / (x - 1 + i)), 0);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series);
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Regularised upper incomplete gamma Q(a, x), a > 0, x ≥ 0. Series below a+1, Lentz continued fraction above (DLMF 8.9). */
export function gammaQ(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - scale * lowerSeries(a, x) : scale * upperFraction(a, x);
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let k = 1; k < 10_000 && Math.abs(term) > Math.abs(sum) * 1e-16; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return sum;
}

function upperFraction(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / (b === 0 ? tiny : b);
  let value = d;
  for (let k = 1; k < 10_000; k++) {
    const an = -k * (k - a);
    b += 2;
    d = 1 / nonZero(an * d + b, tiny);
    c = nonZero(b + an / c, tiny);
    const factor = d * c;
    value *= factor;
    if (Math.abs(factor - 1) < 1e-15) break;
  }
  return value;
}

const nonZero = (value: number, tiny: number): number => (Math.abs(value) < tiny ? tiny : value);

/** P(X > x) for chi-square with `df` > 0 degrees of freedom. */
export const chiSquareTail = (x: number, df: number): number => gammaQ(df / 2, x / 2);

/** The x with P(X ≤ x) = p, 0 < p < 1. */
export const chiSquareQuantile = (p: number, df: number): number =>
  solve((x) => 1 - chiSquareTail(x, df), p, 0, df + 100 * Math.sqrt(2 * df) + 100);

/** P(Z ≤ z), standard normal. */
export const normalCdf = (z: number): number =>
  z < 0 ? gammaQ(0.5, (z * z) / 2) / 2 : 1 - gammaQ(0.5, (z * z) / 2) / 2;

/** The z with P(Z ≤ z) = p, 0 < p < 1. */
export const normalQuantile = (p: number): number => solve(normalCdf, p, -40, 40);

/** P(K > x) of the Kolmogorov distribution (Kolmogorov 1933); x ≥ 0. */
export function kolmogorovTail(x: number): number {
  if (x < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-18) break;
  }
  return Math.min(1, 2 * sum);
}

/** The x with P(K > x) = alpha. */
export const kolmogorovCritical = (alpha: number): number =>
  solve((x) => 1 - kolmogorovTail(x), 1 - alpha, 0.2, 20);

/** Where a non-decreasing function takes a value, by bisection to the last bit that matters. */
function solve(f: (x: number) => number, target: number, low: number, high: number): number {
  let [a, b] = [low, high];
  for (let k = 0; k < 200 && b - a > 1e-13 * Math.max(1, Math.abs(a)); k++) {
    const middle = (a + b) / 2;
    if (f(middle) < target) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}
