import { DomainError } from '#kernel';
import type { Manifest, PinnedStep } from './manifest.js';

/** One process of a run: a step, or one fold of it. */
export type StepInstance = {
  /** `train`, or `train[2]` for its fold 2. */
  readonly id: string;
  readonly step: string;
  /** From 0. */
  readonly fold: number | null;
  /** Ids of the instances that must have completed first, in their order. */
  readonly needs: readonly string[];
};

export const instanceId = (step: string, fold: number | null): string =>
  fold === null ? step : `${step}[${fold}]`;

/** Step instances of one run, at most. */
export const maxInstances = 10_000;

/** Step instances of a run, folds counted one by one. */
export function instanceCount(manifest: Pick<Manifest, 'pinned'>): number {
  const k = dataFoldCount(manifest);
  return Object.values(manifest.pinned.steps).reduce((sum, { each }) => sum + (each ? k : 1), 0);
}

/** Folds of the run's data; 0 when no data is folded. */
export function dataFoldCount({ pinned: { data } }: Pick<Manifest, 'pinned'>): number {
  const known = foldCounts.get(data);
  if (known !== undefined) return known;
  const count = Object.values(data).find(({ folds }) => folds)?.folds?.k ?? 0;
  foldCounts.set(data, count);
  return count;
}

/** Every step of a run asks; nothing pinned is ever changed. */
const foldCounts = new WeakMap<Manifest['pinned']['data'], number>();

/**
 * Every step instance of a run in the order that results are compared and shown in: a step stands after all it
 * needs, ties go by name in byte order, folds of a step follow each other from 0.
 * @throws STEPS_CYCLIC, which a parsed manifest never does
 */
export function stepOrder(manifest: Pick<Manifest, 'pinned'>): StepInstance[] {
  const { steps } = manifest.pinned;
  const k = dataFoldCount(manifest);
  const foldsOf = ({ each }: Pick<PinnedStep, 'each'>): readonly (number | null)[] =>
    each === 'fold' ? Array.from({ length: k }, (_, fold) => fold) : [null];
  const ordered = sortSteps(steps);
  const place = new Map(ordered.map((name, index) => [name, index]));
  const byPlace = (a: string, b: string) => (place.get(a) ?? 0) - (place.get(b) ?? 0);
  const ids = new Map<string, readonly string[]>();
  return ordered.flatMap((step) => {
    const body = steps[step] as PinnedStep;
    const folds = foldsOf(body);
    ids.set(
      step,
      folds.map((fold) => instanceId(step, fold)),
    );
    const whole = new Set(body.after);
    const names = [...stepsBefore(body)].sort(byPlace);
    const isOwnFold = (name: string) =>
      body.each === 'fold' && steps[name]?.each === 'fold' && !whole.has(name);
    const needsOf = (fold: number | null) =>
      names.flatMap((name) => {
        const all = ids.get(name) ?? [];
        return isOwnFold(name) ? (all[fold ?? 0] ?? []) : all;
      });
    // Folds that need the same have one list of it.
    const same = names.some(isOwnFold) ? undefined : needsOf(null);
    return folds.map((fold) => ({
      ...{ id: instanceId(step, fold), step, fold },
      needs: same ?? needsOf(fold),
    }));
  });
}

type Steps = Readonly<Record<string, Pick<PinnedStep, 'in' | 'after'>>>;

const sourceSteps = (step: Pick<PinnedStep, 'in'>): string[] =>
  Object.values(step.in).flatMap((source) => ('data' in source ? [] : [source.step]));

/** Names of the steps a step waits for, through its inputs or `after`. */
export const stepsBefore = (step: Pick<PinnedStep, 'in' | 'after'>): ReadonlySet<string> =>
  new Set([...sourceSteps(step), ...(step.after ?? [])]);

/**
 * Topological order, ties in byte order of the name (names are ASCII).
 * @throws STEPS_CYCLIC
 */
function sortSteps(steps: Steps): string[] {
  const waiting = new Map(Object.entries(steps).map(([name, step]) => [name, new Set(stepsBefore(step))]));
  const after = new Map(Object.keys(steps).map((name): [string, string[]] => [name, []]));
  for (const [name, before] of waiting) for (const one of before) after.get(one)?.push(name);
  // The first in order comes last, to be taken.
  const ready = [...waiting].filter(([, before]) => before.size === 0).map(([name]) => name);
  ready.sort().reverse();
  const ordered: string[] = [];
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    waiting.delete(next);
    ordered.push(next);
    for (const name of after.get(next) ?? []) {
      const before = waiting.get(name);
      before?.delete(next);
      if (before?.size === 0) ready.splice(placeIn(ready, name), 0, name);
    }
  }
  if (waiting.size === 0) return ordered;
  const names = [...waiting.keys()].sort().join(', ');
  throw new DomainError('invalid', 'STEPS_CYCLIC', `the steps ${names} wait for each other`);
}

/** In names from last to first. */
function placeIn(names: readonly string[], name: string): number {
  let [first, end] = [0, names.length];
  while (first < end) {
    const middle = (first + end) >>> 1;
    if ((names[middle] as string) > name) first = middle + 1;
    else end = middle;
  }
  return first;
}
