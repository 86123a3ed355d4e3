import type { Figure, Range } from './figures.js';

/** What was read of one figure. */
export type Reading =
  | { readonly value: number | string; readonly samples?: number }
  /** It cannot be seen from here. */
  | { readonly skipped: string }
  /** It should have been seen. */
  | { readonly failed: string };

export interface Judged {
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  readonly value?: number | string;
  readonly samples?: number;
  readonly healthy: Range;
  readonly because: string;
  readonly verdict: 'ok' | Figure['otherwise'] | 'failed' | 'skipped';
  /** Why it was not measured. */
  readonly why?: string;
  /** Of everything that is not ok. */
  readonly hint?: string;
}

const lookFurther = '`holdfast doctor` says what is wrong';

/** Holds a reading against what is healthy; where the server is decides which range that is. */
export function judge(figure: Figure, reading: Reading, isElsewhere: boolean): Judged {
  const { name, what, unit, because, otherwise, hint } = figure;
  const healthy = (isElsewhere ? figure.elsewhere : undefined) ?? figure.healthy;
  const about = { name, what, unit, healthy, because };
  if ('skipped' in reading) return { ...about, verdict: 'skipped', why: reading.skipped };
  if ('failed' in reading) return { ...about, verdict: 'failed', why: reading.failed, hint: lookFurther };
  const read = { ...about, ...reading };
  return isHealthy(healthy, reading.value)
    ? { ...read, verdict: 'ok' }
    : { ...read, verdict: otherwise, hint };
}

function isHealthy(range: Range, value: number | string): boolean {
  if ('is' in range) return value === range.is;
  if (typeof value !== 'number') return false;
  if ('atMost' in range) return value <= range.atMost;
  return 'atLeast' in range ? value >= range.atLeast : Math.abs(value) <= range.within;
}

/** Something to act on; what could not be seen is none. */
export const isFinding = ({ verdict }: Judged): boolean => verdict !== 'ok' && verdict !== 'skipped';

/** The smallest value that so large a share of all is not above; undefined of none. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** A percentile of durations as a reading. */
export function durationReading(values: readonly number[], share: number): Reading {
  const value = percentile(values, share);
  return value === undefined ? { failed: 'nothing was measured' } : { value, samples: values.length };
}
