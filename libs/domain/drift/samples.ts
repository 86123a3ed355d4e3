import { chiSquareTail, kolmogorovCritical } from './distributions.js';

/** What a named test said: a statistic beyond its threshold is an alarm. */
export type TestResult = {
  /** e.g. `two-sample Kolmogorov–Smirnov`. */
  readonly test: string;
  readonly statistic: number;
  readonly threshold: number;
  /** Observations that entered it, both sides together. */
  readonly n: number;
  /** Rate of alarms when nothing changed, at most. */
  readonly falseAlarmRate: number;
  readonly alarm: boolean;
};

/**
 * Two-sample Kolmogorov–Smirnov on ascending samples: D against the asymptotic critical value
 * K(alpha)·√((n+m)/(nm)), which is conservative for ties and small samples (Massey 1951).
 */
export function kolmogorovSmirnov(a: readonly number[], b: readonly number[], alpha: number): TestResult {
  const [n, m] = [a.length, b.length];
  let [i, j, statistic] = [0, 0, 0];
  while (i < n && j < m) {
    const value = Math.min(a[i] as number, b[j] as number);
    while (i < n && (a[i] as number) <= value) i++;
    while (j < m && (b[j] as number) <= value) j++;
    statistic = Math.max(statistic, Math.abs(i / n - j / m));
  }
  const threshold = n === 0 || m === 0 ? 1 : kolmogorovCritical(alpha) * Math.sqrt((n + m) / (n * m));
  return {
    test: 'two-sample Kolmogorov–Smirnov',
    statistic,
    threshold,
    n: n + m,
    falseAlarmRate: alpha,
    alarm: statistic > threshold,
  };
}

/**
 * Chi-square test of homogeneity of two sets of counts (Pearson 1900). The statistic reported is 1−p, so that it is
 * compared with 1−alpha whatever the degrees of freedom. Categories expected fewer than five times on a side are
 * pooled (Cochran 1954); one category left means no evidence.
 */
export function homogeneity(
  a: ReadonlyMap<string, number>,
  b: ReadonlyMap<string, number>,
  alpha: number,
): TestResult {
  const [totalA, totalB] = [total(a), total(b)];
  const n = totalA + totalB;
  const result = (statistic: number): TestResult => ({
    test: 'chi-square homogeneity',
    statistic,
    threshold: 1 - alpha,
    n,
    falseAlarmRate: alpha,
    alarm: statistic > 1 - alpha,
  });
  if (totalA === 0 || totalB === 0) return result(totalA === totalB ? 0 : 1);
  const cells = pool(a, b, Math.min(totalA, totalB) / n);
  if (cells.length < 2) return result(0);
  let chiSquare = 0;
  for (const [x, y] of cells) {
    const [expectedA, expectedB] = [((x + y) * totalA) / n, ((x + y) * totalB) / n];
    chiSquare += (x - expectedA) ** 2 / expectedA + (y - expectedB) ** 2 / expectedB;
  }
  return result(1 - chiSquareTail(chiSquare, cells.length - 1));
}

const total = (counts: ReadonlyMap<string, number>): number => {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
};

function pool(
  a: ReadonlyMap<string, number>,
  b: ReadonlyMap<string, number>,
  smallerShare: number,
): [number, number][] {
  const cells: [number, number][] = [];
  const rest: [number, number] = [0, 0];
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const cell: [number, number] = [a.get(key) ?? 0, b.get(key) ?? 0];
    if ((cell[0] + cell[1]) * smallerShare >= 5) cells.push(cell);
    else [rest[0], rest[1]] = [rest[0] + cell[0], rest[1] + cell[1]];
  }
  const pooled = (rest[0] + rest[1]) * smallerShare;
  if (pooled >= 5) return [...cells, rest];
  const last = cells.pop();
  return last ? [...cells, [last[0] + rest[0], last[1] + rest[1]]] : [rest];
}
