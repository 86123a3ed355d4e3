import type { StepInstance } from '#domain/manifest';
import type { FailureClass, StepOutcome } from '#sandbox';

/** What one step instance came to. */
export interface StepResult {
  readonly instance: StepInstance;
  readonly seed: string;
  readonly outcome: StepOutcome;
  readonly failed: boolean;
}

/** Why an attempt failed, and in which step. */
export interface AttemptFailure {
  readonly class: FailureClass | 'executor-lost';
  readonly message: string;
  readonly step?: string;
  readonly fold?: number;
}

/**
 * The failure that an attempt is said to have ended with: the first in the order of the graph that is a failure of its own. Steps
 * that were stopped because of another one are not.
 */
export function decisiveFailure(
  order: readonly StepInstance[],
  results: ReadonlyMap<string, StepResult>,
): AttemptFailure | undefined {
  const failures = order.flatMap(({ id, step, fold }): AttemptFailure[] => {
    const outcome = results.get(id)?.outcome;
    if (outcome?.status !== 'failed') return [];
    return [{ ...outcome.failure, step, ...(fold === null ? {} : { fold }) }];
  });
  return failures.find((failure) => failure.class !== 'cancelled') ?? failures[0];
}
