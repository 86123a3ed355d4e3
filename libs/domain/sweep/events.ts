import type { Digest, Instant } from '#kernel';
import type { Space } from './space.js';

/** Every fact of a `sweep-<uuid>` stream. Who asked and why is in the metadata. */
export type SweepEvent =
  | {
      readonly type: 'SweepSubmitted';
      readonly namespace: string;
      /** `namespace/name`, and the version that every member runs. */
      readonly blueprint: { readonly name: string; readonly version: Digest };
      /** Of the request, so that a reused idempotency key with another request is refused. */
      readonly requestDigest: Digest;
      readonly space: Space;
      readonly members: number;
      /** Members that are open at a time: when member i ends, member i + window is submitted. Fixed for the sweep. */
      readonly window: number;
      /** Absent: the blueprint's. */
      readonly pool?: string;
      readonly priority: number;
      readonly submittedAt: Instant;
    }
  | { readonly type: 'SweepCancelRequested'; readonly at: Instant }
  /** No further member will be submitted, and every open one has been told to end. */
  | { readonly type: 'SweepCancelled'; readonly at: Instant };
