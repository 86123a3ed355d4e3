import type { Digest, Instant } from '#kernel';
import type { BlobRef } from '#domain/run';

/** The one fact of a `blueprint-<uuid of namespace and name>` stream. */
export type BlueprintEvent = {
  readonly type: 'BlueprintVersionDeclared';
  readonly namespace: string;
  readonly name: string;
  /** `blueprintVersion` of document and lock: its content address. */
  readonly version: Digest;
  /** Counts the versions of this name from 1. */
  readonly number: number;
  readonly previous: Digest | null;
  /** Canonical JSON of what was written, and of what it resolved to. */
  readonly document: BlobRef;
  readonly lock: BlobRef;
  /** The file as its author wrote it. */
  readonly source?: BlobRef;
  readonly why: string;
  readonly at: Instant;
};
