import type { Digest, Instant } from '#kernel';
import type { Difference, Verdict } from '#domain/comparison';

/** Every fact of a `reproduction-<uuid>` stream. */
export type ReproductionEvent =
  | {
      readonly type: 'ReproductionStarted';
      readonly namespace: string;
      readonly originalRun: string;
      readonly repeatedRun: string;
      readonly manifest: Digest;
      readonly at: Instant;
    }
  | {
      readonly type: 'ReproductionConcluded';
      /** `not-run` when the repeated run was rejected, failed or was cancelled. */
      readonly verdict: Verdict | 'not-run';
      /** At most {@link maxDifferences}; first in DAG order, then by name. */
      readonly differences: readonly Difference[];
      /** Differences in all, also those not listed. */
      readonly differencesTotal: number;
      /** What the verdict does not say, e.g. that a host was not isolated. */
      readonly remarks: readonly string[];
      readonly at: Instant;
    };

export const maxDifferences = 100;
