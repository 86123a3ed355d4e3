import type { Figure, Opened, Program, Readings, Result, Target } from './figure.js';

export const pairCount = 5;

/** Of an even count, the mean of the middle two; of none, undefined. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

export interface Pair {
  readonly ours: Readings;
  readonly bare: Readings;
}

/** Ours and bare by turns, the one that comes first changing too, so that what slows the machine slows both. */
export async function interleave(
  { ours, bare }: Pick<Opened, 'ours' | 'bare'>,
  count = pairCount,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let i = 0; i < count; i++) {
    if (i % 2 === 0) pairs.push({ ours: await ours(), bare: await bare() });
    else {
      const first = await bare();
      pairs.push({ ours: await ours(), bare: first });
    }
  }
  return pairs;
}

/** A figure of which no pair tells both numbers was not measured. */
export function summarise(figure: Figure, pairs: readonly Pair[]): Result {
  const both = pairs.flatMap(({ ours, bare }) => {
    const [value, limit] = [ours[figure.name], bare[figure.name]];
    return isNumber(value) && isNumber(limit) ? [{ value, limit }] : [];
  });
  const value = median(both.map((pair) => pair.value));
  const limit = median(both.map((pair) => pair.limit));
  const ratio = median(both.map((pair) => pair.value / pair.limit).filter(Number.isFinite));
  const { target } = figure;
  const met = target && isMet(target, target.of === 'value' ? value : ratio);
  const known = { figure, value, limit, ratio, pairs: both.length, ...(met === undefined ? {} : { met }) };
  return both.length > 0 ? known : { ...known, failed: 'no pair told both numbers' };
}

export const isMet = (target: Target, reached: number | undefined): boolean =>
  reached !== undefined && ('atLeast' in target ? reached >= target.atLeast : reached <= target.atMost);

/** Without its limit a number is missing; what is missing has not met anything. */
export const exitStatus = (results: readonly Result[]): 0 | 1 =>
  results.length > 0 && results.every(({ met, failed }) => failed === undefined && met !== false) ? 0 : 1;

/** All figures of one program; one that throws has measured none of them. */
export async function runProgram(
  program: Program,
  figures: readonly Figure[],
  full: boolean,
  count = pairCount,
): Promise<Result[]> {
  try {
    const opened = await program(full);
    try {
      const pairs = await interleave(opened, count);
      return figures.map((figure) => {
        const smaller = opened.smaller?.[figure.name];
        return { ...summarise(figure, pairs), ...(smaller === undefined ? {} : { smaller }) };
      });
    } finally {
      await opened.close();
    }
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    return figures.map((figure) => ({ ...summarise(figure, []), failed }));
  }
}

const isNumber = (value: number | undefined): value is number =>
  value !== undefined && Number.isFinite(value);
