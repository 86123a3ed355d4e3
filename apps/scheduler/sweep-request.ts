import type { Digest, Problem } from '#kernel';
import { digestValue } from '#evidence';
import { missing } from '#platform';
import { nameProblems, reasonProblems } from '#service';
import { priorityProblems } from './run-request.js';

/** A sweep as it is asked for. */
export interface SweepRequest {
  /** Empty: that of the blueprint. */
  readonly namespace: string;
  readonly blueprint: string;
  readonly axes: readonly string[];
  readonly trials: number;
  readonly reason: string;
  readonly pool?: string | undefined;
  readonly priority: number;
}

/** What is wrong with a request by itself, its space aside. */
export const sweepRequestProblems = (request: SweepRequest): readonly Problem[] => {
  const { namespace, blueprint, reason, pool, priority } = request;
  return [
    ...(namespace === '' ? [] : nameProblems('namespace', namespace)),
    ...missing('blueprint', blueprint).map((problem) => ({ ...problem, fix: 'name a blueprint' })),
    ...reasonProblems(reason),
    ...(pool === undefined ? [] : nameProblems('pool', pool)),
    ...priorityProblems(priority),
  ];
};

/** The same for the same request, so that an idempotency key cannot be used for another one. */
export const sweepRequestDigest = (request: SweepRequest): Digest => digestValue(askedOf(request));

/** As older releases made it, of the reason too: what somebody wrote could be guessed from it after they were erased. */
export const sweepRequestDigestBefore = (request: SweepRequest): Digest =>
  digestValue({ ...askedOf(request), reason: request.reason });

const askedOf = ({ namespace, blueprint, axes, trials, pool, priority }: SweepRequest) => ({
  ...{ namespace, blueprint, axes: [...axes], trials, pool: pool ?? null, priority },
});
