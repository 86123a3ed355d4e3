import type { Digest, Instant } from '#kernel';

/** Bytes that the store holds and has hashed. */
export interface StoredBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** What the store knows of a blob without reading it. */
export interface BlobStat extends StoredBlob {
  /** When the bytes arrived, by the store's own clock: grace for garbage collection. */
  readonly storedAt: Instant;
}

export interface BlobRange {
  /** First byte, 0-based. */
  readonly offset: number;
  /** Number of bytes; to the end when absent. */
  readonly length?: number;
}

export interface GetOptions {
  /**
   * Only looked at and passed on: a piece is the caller's until it asks for the next but one, then its room may be used again. Else each piece has
   * a room of its own, and of a large blob that is most of what the collector has to do.
   */
  readonly lent?: boolean;
}

export interface PutOptions {
  /** The store MUST refuse (`integrity`, BLOB_DIGEST_MISMATCH) and keep nothing when the bytes hash to another digest. */
  readonly expected?: Digest;
  /** MUST refuse (`exhausted`, BLOB_TOO_LARGE) and keep nothing beyond this many bytes. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  /**
   * For a caller that puts several things one after another: `put` may resolve when the bytes are taken in, though a crash could still
   * take them away. Nothing may rely on them before `settle` has resolved: one sync for all of them.
   */
  readonly settleLater?: boolean;
}

/**
 * Content-addressed bytes. A digest counts only when this store holds the bytes and has hashed them itself.
 *
 * - `put` MUST be atomic: a reader sees all bytes or none, after a crash too; durable before it resolves, unless it is to be settled later.
 * - `put` of bytes already there MUST succeed without a second copy, renew `storedAt` unless that is less than a second old, and
 *   heal a blob that had been damaged; concurrent puts of the same bytes too. That another client is just putting the same
 *   bytes MUST NOT let it resolve before they are durable, nor may `stat` or `missing` count them so.
 * - An error of the source MUST come out as it was thrown; an aborted signal is `cancelled` CANCELLED, at once, also
 *   when the source gives nothing. Neither leaves anything behind.
 * - `get` of a whole blob MUST verify while it streams and fail with `integrity` BLOB_CORRUPT before it ends
 *   when the bytes do not match; a corrupt blob MUST NOT be served to its end. Ranges are verified only by `verify`; one
 *   that begins or ends beyond the blob gives the bytes there are, one that is not of whole numbers from 0 on is `invalid`
 *   RANGE_INVALID.
 * - No call takes the event loop for more than a few milliseconds at a time, whatever the size of a blob.
 * - An absent blob is `not-found` BLOB_NOT_FOUND, a text that is no digest `invalid` DIGEST_INVALID. A full disk is
 *   `exhausted` STORAGE_FULL, a read-only folder `unavailable` STORAGE_READ_ONLY; neither leaves anything behind.
 * - An engine that does not answer is `unavailable` STORAGE_UNREACHABLE within seconds of its last answer, one whose bucket or folder is
 *   gone STORAGE_MISSING, one that refuses the credentials STORAGE_DENIED, any other fault of it STORAGE_FAULT (all `unavailable`). What
 *   passes by itself is retried before. No error tells credentials.
 * - `storedAt` may be of whole seconds, and a list may tell it a second apart from `stat`.
 */
export interface ArtifactStore {
  put(bytes: Uint8Array | AsyncIterable<Uint8Array>, options?: PutOptions): Promise<StoredBlob>;
  /**
   * Takes in a copy of a local file, by reference where the file system can.
   * @throws FILE_UNREADABLE (invalid) when it is not a regular file that can be read, or is written to meanwhile and the engine
   * could not take a state of it
   */
  putFile(path: string, options?: PutOptions): Promise<StoredBlob>;
  /** Resolves when everything is durable whose `put` has resolved. */
  settle(): Promise<void>;
  get(digest: Digest, range?: BlobRange, options?: GetOptions): AsyncIterable<Uint8Array>;
  /** The whole blob, verified; refuses (`exhausted`) more than `maxBytes`, default 16 MiB. */
  read(digest: Digest, maxBytes?: number): Promise<Uint8Array>;
  /**
   * Writes the verified blob to a local path; `0644`, or `0755` when executable. On failure nothing is left there.
   * @throws PATH_TAKEN (already-exists) when something is there already
   */
  materialise(digest: Digest, path: string, options?: { readonly executable?: boolean }): Promise<void>;
  stat(digest: Digest): Promise<BlobStat | undefined>;
  /** Those of the given digests that the store does not hold. */
  missing(digests: readonly Digest[]): Promise<Digest[]>;
  /** Every blob, in digest order. */
  list(options?: { readonly after?: Digest }): AsyncIterable<BlobStat>;
  /** Re-hashes the bytes at rest and reports, never throws for a bad blob. */
  verify(digest: Digest): Promise<'intact' | 'corrupt' | 'missing'>;
  /** Removes a blob; false when it was not there. */
  delete(digest: Digest): Promise<boolean>;
  /**
   * Resolves when the engine can be used now, within a few seconds; asks for no blob.
   * @throws STORAGE_UNREACHABLE, STORAGE_MISSING, STORAGE_DENIED, STORAGE_READ_ONLY, STORAGE_FAULT (all unavailable)
   */
  probe(): Promise<void>;
  close(): Promise<void>;
}
