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
export function dataFoldCount({ pinned }: Pick<Manifest, 'pinned'>): number {
  for (const { folds } of Object.values(pinned.data)) if (folds) return folds.k;
  return 0;
}

/**
 * Every step instance of a run in the order that results are compared and shown in: a step stands after all it
 * needs, ties go by name in byte order, folds of a step follow each other from 0.
 * @throws STEPS_CYCLIC, which a parsed manifest never does
 */
export function stepOrder(manifest: Pick<Manifest, 'pinned'>): StepInstance[] {
  const { steps } = manifest.pinned;
  const k = dataFoldCount(manifest);
  const foldsOf = (step: string): readonly (number | null)[] =>
    steps[step]?.each === 'fold' ? Array.from({ length: k }, (_, fold) => fold) : [null];
  const ordered = sortSteps(steps);
  const place = new Map(ordered.map((name, index) => [name, index]));
  const byPlace = (a: string, b: string) => (place.get(a) ?? 0) - (place.get(b) ?? 0);
  return ordered.flatMap((step) => {
    const body = steps[step] as PinnedStep;
    const sources = sourceSteps(body);
    const whole = new Set(body.after);
    const names = [...new Set([...sources, ...whole])].sort(byPlace);
    return foldsOf(step).map((fold): StepInstance => {
      const needs = names.flatMap((name) =>
        fold !== null && steps[name]?.each === 'fold' && !whole.has(name)
          ? [instanceId(name, fold)]
          : foldsOf(name).map((other) => instanceId(name, other)),
      );
      return { id: instanceId(step, fold), step, fold, needs };
    });
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
  const ordered: string[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting].filter(([, before]) => before.size === 0).map(([name]) => name);
    const next = ready.sort((a, b) => (a < b ? -1 : 1))[0];
    if (next === undefined) {
      const names = [...waiting.keys()].sort().join(', ');
      throw new DomainError('invalid', 'STEPS_CYCLIC', `the steps ${names} wait for each other`);
    }
    waiting.delete(next);
    for (const before of waiting.values()) before.delete(next);
    ordered.push(next);
  }
  return ordered;
}
