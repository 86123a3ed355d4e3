import type { Digest, Instant } from '#kernel';
import type { Tolerance } from '#domain/comparison';

/** One accepted result. */
export type AcceptedRun = { readonly run: string; readonly value: number };

/** Facts of a `baseline-<uuid of namespace/blueprint, channel and metric>` stream. */
export type BaselineEvent =
  | {
      readonly type: 'BaselineAccepted';
      readonly namespace: string;
      /** Name of the blueprint, without version: runs of any version are compared. */
      readonly blueprint: string;
      readonly channel: string;
      readonly metric: string;
      /** 1 for the first acceptance; each refresh counts on. */
      readonly version: number;
      readonly runs: readonly AcceptedRun[];
      /** Run and manifest that suspects are computed against. */
      readonly reference: { readonly run: string; readonly manifest: Digest };
      readonly tolerance: Tolerance;
      readonly at: Instant;
    }
  | { readonly type: 'BaselineRetired'; readonly version: number; readonly at: Instant };
