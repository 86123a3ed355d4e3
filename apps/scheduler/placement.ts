import type { ExecutorFacts } from '#domain/executor';
import type { Placement } from '#domain/run';

type Place = Pick<ExecutorFacts, 'labels' | 'architecture' | 'isolation'>;

/** Every label of the run is the executor's too. */
export const hasLabels = ({ labels }: Placement, own: Place['labels']): boolean =>
  Object.entries(labels).every(([name, value]) => Object.hasOwn(own, name) && own[name] === value);

/** The executor's machine can do what the run needs. */
export function canRun({ architecture, isolation }: Placement, place: Place): boolean {
  if (architecture !== '' && place.architecture !== '' && architecture !== place.architecture) return false;
  if (isolation === null) return true;
  return isolation === 'required'
    ? place.isolation.some((level) => level !== 'process')
    : place.isolation.includes(isolation);
}

/**
 * A run goes where its labels say. Of machines it goes to one that can run it; what no machine of the pool can run is given to
 * whoever asks, and fails there with the reason, instead of waiting for ever without one.
 */
export const suits = (placement: Placement, own: Place, others: readonly Place[]): boolean =>
  hasLabels(placement, own.labels) &&
  (canRun(placement, own) ||
    !others.some((other) => hasLabels(placement, other.labels) && canRun(placement, other)));
