import type { Digest, Instant, StreamId } from '#kernel';
import type { ArtifactKind, DatasetVersion } from '#domain/retention';

/**
 * The tombstone of bytes: appended before any of them goes. Who and why is in the metadata. One event names at most
 * {@link mostInOne}; what has more has several, one after the other.
 */
export type ArtifactsDisposed = {
  readonly type: 'ArtifactsDisposed';
  /** Absent for a version of a dataset. */
  readonly run?: string;
  readonly dataset?: DatasetVersion;
  readonly namespace: string;
  /** `namespace/name`, where it is known. */
  readonly blueprint?: string;
  readonly artifacts: readonly ArtifactKind[];
  /** The retention class that it was in. */
  readonly class: string;
  /** The class's own, or that of the order to dispose of it before its time. */
  readonly authority: string;
  /** Before the time of the class was over. */
  readonly early: boolean;
  readonly blobs: readonly { readonly digest: Digest; readonly sizeBytes: number }[];
  /** Counted from 1. */
  readonly part: number;
  readonly parts: number;
  /** The last event that was looked at for what needs these blobs; absent where an older release wrote. */
  readonly seen?: { readonly stream: StreamId; readonly revision: number };
  readonly at: Instant;
};

/** Facts of a `disposal-<uuid>` stream: that of a run or of a version of a dataset. */
export type DisposalEvent =
  | ArtifactsDisposed
  | {
      readonly type: 'DisposalFinished';
      readonly blobs: number;
      readonly bytes: number;
      /** Blobs that something else had come to need meanwhile. */
      readonly left: number;
      readonly at: Instant;
    }
  | {
      /** What the last tombstone names is kept after all. */
      readonly type: 'DisposalWithdrawn';
      /** The hold that came before the bytes went; absent when the class was lengthened. */
      readonly hold?: StreamId;
      /** Those of its blobs that had gone already. */
      readonly gone: readonly Digest[];
      readonly at: Instant;
    };

export const mostInOne = 4_000;
