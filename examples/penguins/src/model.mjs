// Multinomial logistic regression. Everything is summed in one fixed order, so the same rows give the same bytes.

/** Mean and standard deviation (n − 1) of each column. Fit it on training rows only. */
export function fitScaler(rows) {
  const mean = rows[0].map((_, j) => sum(rows.map((row) => row[j])) / rows.length);
  const sd = mean.map(
    (m, j) => Math.sqrt(sum(rows.map((row) => (row[j] - m) ** 2)) / (rows.length - 1)) || 1,
  );
  return { mean, sd };
}

/** Standardised, with the constant 1 for the intercept in front. */
export const scaled = ({ mean, sd }, row) => [1, ...row.map((value, j) => (value - mean[j]) / sd[j])];

export function softmax(scores) {
  const top = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - top));
  const total = sum(powers);
  return powers.map((power) => power / total);
}

/** Probability of each class; `x` as `scaled` makes it. */
export const predict = (weights, x) => softmax(weights.map((row) => dot(row, x)));

/**
 * Mean negative log likelihood + l2/2 · Σ w² (intercepts left out), and its gradient.
 * @param weights one row per class, intercept first
 */
export function objective(weights, xs, ys, l2) {
  const gradient = weights.map((row) => row.map(() => 0));
  let loss = 0;
  for (let i = 0; i < xs.length; i += 1) {
    const p = predict(weights, xs[i]);
    loss -= Math.log(Math.max(p[ys[i]], Number.MIN_VALUE));
    for (let c = 0; c < p.length; c += 1) {
      const residual = (p[c] - (c === ys[i] ? 1 : 0)) / xs.length;
      for (let j = 0; j < xs[i].length; j += 1) gradient[c][j] += residual * xs[i][j];
    }
  }
  loss /= xs.length;
  for (const [c, row] of weights.entries())
    for (let j = 1; j < row.length; j += 1) {
      loss += (l2 / 2) * row[j] ** 2;
      gradient[c][j] += l2 * row[j];
    }
  return { loss, gradient };
}

/**
 * Full-batch gradient descent from zero. The objective is convex, so no random start is needed; the seed has no say.
 * @param onEpoch called with (epoch, weights, objective before the update)
 */
export function fit(xs, ys, classes, { learningRate, epochs, l2 }, onEpoch = () => {}) {
  const weights = Array.from({ length: classes }, () => xs[0].map(() => 0));
  for (let epoch = 1; epoch <= epochs; epoch += 1) {
    const { loss, gradient } = objective(weights, xs, ys, l2);
    if (!Number.isFinite(loss)) throw new Error(`diverged in epoch ${epoch}: take a smaller learningRate`);
    for (const [c, row] of weights.entries())
      for (let j = 0; j < row.length; j += 1) row[j] -= learningRate * gradient[c][j];
    onEpoch(epoch, weights, loss);
  }
  return weights;
}

export function sum(values) {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function dot(a, b) {
  let total = 0;
  for (let j = 0; j < a.length; j += 1) total += a[j] * b[j];
  return total;
}
