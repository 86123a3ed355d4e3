import type { DriftFinding } from '#domain/drift';
import { excess, type Limits } from './limits.js';

const testNames = { tolerance: 'tolerance', 'tolerance-interval': 'tolerance interval (Howe 1969)' } as const;

/**
 * What a result outside the limits is; nothing inside, and nothing while there are too few accepted values. The statistic is the
 * distance from the mean, the threshold how far it may be, both in the metric's unit.
 */
export function resultFinding(
  metric: string,
  limits: Limits,
  value: number | undefined,
): DriftFinding | undefined {
  if (value === undefined) {
    const { n, mean } = limits;
    const detail = `the run has no ${metric}; ${accepted(n, mean)}`;
    return { kind: 'result', subject: metric, test: 'presence', statistic: 1, threshold: 0, n, detail };
  }
  const beyond = excess(limits, value);
  if (limits.method === 'too-few' || beyond === undefined || beyond === 0) return undefined;
  const { n, mean, lower, upper } = limits;
  const [side, limit] = beyond > 0 ? ['above', upper] : ['below', lower];
  return {
    kind: 'result',
    subject: metric,
    test: testNames[limits.method],
    statistic: Math.abs(value - mean),
    threshold: Math.abs(limit - mean),
    n,
    ...(limits.method === 'tolerance-interval' ? { falseAlarmRate: limits.falseAlarmRate } : {}),
    detail: `${short(value)} is ${short(Math.abs(beyond))} ${side} the limit ${short(limit)}; ${accepted(n, mean)}`,
  };
}

const short = (value: number): string => String(Number(value.toPrecision(6)));
const accepted = (n: number, mean: number): string =>
  n === 1 ? `accepted was ${short(mean)}` : `accepted were ${n} values around ${short(mean)}`;
