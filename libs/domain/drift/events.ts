import type { Digest, Instant } from '#kernel';

/** A manifest difference that may explain a drift; likeliest first in a list. */
export type Suspect = {
  readonly area: 'configuration' | 'environment' | 'data';
  /** e.g. `knobs.l2`, `data.penguins`, `code.train.mjs`. */
  readonly what: string;
  readonly before?: string;
  readonly after?: string;
  readonly detail: string;
};

/** One named difference from a baseline. */
export type DriftFinding = {
  readonly kind: 'configuration' | 'environment' | 'data' | 'result';
  /** A metric, a fingerprint section, a dataset or `dataset.column`. */
  readonly subject: string;
  readonly test: string;
  readonly statistic: number;
  readonly threshold: number;
  readonly n: number;
  /** Absent for tests of equality, which raise no false alarm. */
  readonly falseAlarmRate?: number;
  /** Where and how much, for people. */
  readonly detail: string;
};

/** Facts of a `drift-<uuid of run and baseline>` stream: what comparing one run with one baseline gave. */
export type DriftEvent =
  | {
      readonly type: 'BaselineHeld';
      readonly namespace: string;
      /** Name of the blueprint, as the baseline has it. */
      readonly blueprint: string;
      readonly metric: string;
      readonly run: string;
      readonly baseline: string;
      readonly baselineVersion: number;
      readonly value: number;
      /** `tolerance`, `too-few` or `tolerance-interval`; `too-few` says that nothing was decided. */
      readonly method: string;
      readonly n: number;
      readonly at: Instant;
    }
  | {
      readonly type: 'DriftDetected';
      readonly namespace: string;
      readonly blueprint: string;
      readonly metric: string;
      readonly run: string;
      readonly manifest: Digest;
      readonly baseline: string;
      readonly baselineVersion: number;
      readonly findings: readonly DriftFinding[];
      readonly suspects: readonly Suspect[];
      readonly at: Instant;
    };
