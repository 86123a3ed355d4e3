import type { Digest, Instant } from '#kernel';

/** What was done to the artifact store as a whole: one stream for each time, `artifact-<uuid>`. */
export type ArtifactEvent =
  | {
      readonly type: 'CollectionStarted';
      /** Only blobs at least this old are taken. */
      readonly olderThanMs: number;
      readonly at: Instant;
    }
  | ({ readonly type: 'CollectionFinished'; readonly at: Instant } & CollectionResult)
  | ({ readonly type: 'ScrubFinished'; readonly at: Instant } & ScrubResult);

export type CollectionResult = {
  readonly blobsSeen: number;
  readonly blobsRemoved: number;
  readonly bytesRemoved: number;
  /** Of those removed, the first {@link maxDigests} in digest order. */
  readonly digests: readonly Digest[];
};

export type ScrubResult = {
  readonly blobs: number;
  readonly bytes: number;
  /** Whose bytes no longer hash to it; at most {@link maxDigests}. */
  readonly corrupt: readonly Digest[];
  readonly corruptTotal: number;
  /** Which some event refers to and the store does not hold; at most {@link maxDigests}. */
  readonly missing: readonly Digest[];
  readonly missingTotal: number;
  /** Which were disposed of, and are here though nothing needs them; at most {@link maxDigests}, absent where there are none. */
  readonly restored?: readonly Digest[];
  readonly restoredTotal?: number;
};

/** More digests than this would make an event too large; their number is told. */
export const maxDigests = 1_000;
