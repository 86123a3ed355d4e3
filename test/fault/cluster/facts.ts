import type { Retired } from './retire.js';

/** What is known of an installation once it has come to rest: all that the checker looks at. */
export interface Facts {
  /** Runs whose submission was answered. */
  readonly submitted: readonly string[];
  /** Failures that a fault explains: a run may have ended of them, as nobody can help a run that only meets a full disk. */
  readonly explained: readonly string[];
  /** Runs that were to be disposed of: where that was taken, and where a hold was in the way. */
  readonly retired: Retired;
  /** All of the event store, in its order. */
  readonly events: readonly StoredFact[];
  /** Every blob that an event names as an output, a log or a sealed core, or that a tombstone names. */
  readonly blobs: readonly BlobFact[];
  /** Every read model of every service after it was rebuilt; `difference` is absent when that gave the same. */
  readonly projections: readonly {
    readonly service: string;
    readonly name: string;
    readonly difference?: string;
  }[];
  /** Each topic of public events from its beginning, in the order of each partition. */
  readonly told: Readonly<Record<string, readonly ToldFact[]>>;
  /** Messages that nobody has taken: dead letters, and what a group has not read. */
  readonly waiting: readonly { readonly where: string; readonly messages: number }[];
  /** Events that a reactor has put aside. */
  readonly parked: readonly { readonly reactor: string; readonly event: string; readonly reason: string }[];
  /** What the auditor found that held the event store against its log. */
  readonly audit: readonly string[];
  /** Processes that ended though nobody had killed them. */
  readonly ended: readonly string[];
}

export interface StoredFact {
  readonly eventId: string;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  /** Of the topic that must tell it. */
  readonly topic: string;
  /** Of events of an attempt: the lease that they belong to. */
  readonly epoch?: number;
  /** Why a run failed or was repeated. */
  readonly failure?: string;
  /** Of a hold: the stream that must be kept. */
  readonly holds?: string;
  /** Of a tombstone: digests of what is to go. */
  readonly blobs?: readonly string[];
  /** Of the end of a disposal: how many of them were left. */
  readonly left?: number;
}

export interface BlobFact {
  readonly named: string;
  readonly by: string;
  /** Runs whose events name it; of what only a tombstone names, none. */
  readonly of: readonly string[];
  /** The digest of what is there, or why it cannot be read. */
  readonly found: string;
  /** It was put later than the last tombstone that names it was set. */
  readonly isNewer?: boolean;
}

export interface ToldFact {
  readonly id: string;
  readonly subject: string;
}
