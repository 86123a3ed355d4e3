import type { Digest, Instant } from '#kernel';
import type { DataFormat } from '#domain/manifest';
import type { BlobRef } from '#domain/run';

/** What is said of a version for people; nothing of it reaches a step. */
export type DatasetAbout = {
  readonly description?: string;
  /** Where the bytes came from; never used to find them. */
  readonly origin?: string;
  readonly license?: string;
  /** `name@number` of the versions it was made from, and how. */
  readonly parents?: readonly string[];
  readonly transformation?: string;
};

/** The one fact of a `dataset-<uuid of namespace and name>` stream. */
export type DatasetEvent = {
  readonly type: 'DatasetVersionAdded';
  readonly namespace: string;
  readonly name: string;
  /** Counts the versions of this name from 1. */
  readonly number: number;
  /** Of the bytes, or of the tree manifest. */
  readonly digest: Digest;
  /** Of all files for a tree. */
  readonly sizeBytes: number;
  readonly format: DataFormat;
  /** Canonical JSON of `CsvSchema` and `CsvProfile`; of a CSV only. */
  readonly schema?: BlobRef;
  readonly profile?: BlobRef;
  readonly about: DatasetAbout;
  readonly at: Instant;
};
