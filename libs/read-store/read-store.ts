import type { JsonObject } from '#kernel';

/**
 * A view document; `id` is unique in its collection and well-formed Unicode (else `invalid` DOCUMENT_ID). Only JSON: its text comes
 * back byte for byte as `JSON.stringify` wrote it, order of keys included. An engine may refuse more than 4 MiB (`invalid`
 * DOCUMENT_TOO_LARGE).
 */
export interface Document extends JsonObject {
  readonly id: string;
}

export type Scalar = string | number | boolean | null;
/** Dotted path of a top-level or nested scalar field, e.g. `status` or `metrics.accuracy`. */
export type FieldPath = string;

export type Condition =
  | { readonly field: FieldPath; readonly is: Scalar | readonly Scalar[] }
  /** Anything else, or missing. */
  | { readonly field: FieldPath; readonly isNot: string }
  | { readonly field: FieldPath; readonly prefix: string }
  | {
      readonly field: FieldPath;
      readonly from?: string | number;
      readonly to?: string | number;
      /** Bounds are inclusive unless said. */
      readonly exclusive?: boolean;
    };

/** Rows are ordered by `sort` then by `id` in the same direction, so a page token is the last row's `[sort value, id]`. */
export interface Query {
  readonly where?: readonly Condition[];
  readonly sort?: { readonly field: FieldPath; readonly direction: 'asc' | 'desc' };
  /** 1–1,000. */
  readonly limit: number;
  readonly after?: { readonly value: Scalar; readonly id: string };
}

/**
 * A field, or several: for queries that give the first ones a value, or a choice of some, and are sorted or limited by the last one, such
 * as `['namespace', 'status', 'order']`. The last may be `metrics.*`, for whichever field directly below: then it serves queries that
 * want a value there.
 */
export type Index = FieldPath | readonly FieldPath[];

export interface CollectionSpec {
  /** Unique in the store: a projection's name and generation, e.g. `runs@3.1`. `[a-z0-9@._-]`. */
  readonly name: string;
  /**
   * What queries filter or sort by. A page that one of them fits MUST NOT take longer because there are more documents; of several,
   * the first is to be taken, so what rules out most comes first. Any query is answered without one too, only slower.
   */
  readonly indexes: readonly Index[];
}

export type Write = { readonly put: Document } | { readonly delete: string };

export interface Checkpoint {
  /** Opaque position up to which events are folded in. */
  readonly position: string;
  /** Count of events folded in so far: it grows with every commit, so it also says which of two writes of a document is the newer. */
  readonly events: number;
}

/** Permission to write, taken with {@link ReadStore.acquireLease}; a newer token makes every older one powerless. */
export interface Lease {
  readonly name: string;
  readonly token: number;
}

/**
 * The mirror: documents in collections, each collection with one checkpoint. It may be smashed and rebuilt at any time.
 *
 * - `commit` MUST apply writes and checkpoint together, MUST refuse (`conflict` LEASE_LOST) when the lease is not the newest of its
 *   name, (`conflict` STALE_CHECKPOINT) when the stored checkpoint is not `expected`, and (`invalid` CHECKPOINT_ORDER) when `next` has
 *   no more events. One that failed as `unavailable` may have been done, and MUST then have been done whole: the checkpoint says.
 * - What a writer was late with MUST change nothing after another has committed, nor after the collection was dropped.
 * - One call of `get`, `getMany`, `query` or `count`, or one batch of `scan`, MUST see every commit whole or not at all.
 * - Every call MUST end within a deadline, in `unavailable` when the engine does not answer, and go on by itself when it does again.
 *   Of a collection that is not there, reads and commits fail as `not-found` COLLECTION_NOT_FOUND; its checkpoint is undefined.
 * - A store that a newer release wrote MUST be left alone: `integrity` STORE_NEWER (a file says STORE_FORMAT when it is opened).
 * - Sort order: null < numbers < strings (code point order) < booleans; a missing field is null.
 */
export interface ReadStore {
  /** What nobody waits for is better committed together with what comes within so many milliseconds: each commit is a call of a server. */
  readonly restMs?: number;
  /** Creates the collection and its indexes when absent; adds missing indexes. Idempotent. */
  ensureCollection(spec: CollectionSpec): Promise<void>;
  /** By the holder of a lease, when that is given: refused (`conflict` LEASE_LOST) when it is not the newest of its name. */
  dropCollection(name: string, lease?: Lease): Promise<void>;
  collections(): Promise<string[]>;

  get(collection: string, id: string): Promise<Document | undefined>;
  /** In no particular order; absent ids are left out. */
  getMany(collection: string, ids: readonly string[]): Promise<Document[]>;
  query(collection: string, query: Query): Promise<Document[]>;
  count(collection: string, where?: readonly Condition[]): Promise<number>;
  /** Every document, in id order (code point), in batches. */
  scan(collection: string): AsyncIterable<readonly Document[]>;

  checkpoint(collection: string): Promise<Checkpoint | undefined>;
  commit(
    collection: string,
    lease: Lease,
    expected: Checkpoint | undefined,
    next: Checkpoint,
    writes: readonly Write[],
  ): Promise<void>;

  /** Small facts that are not folded from events: active generation of a projection, a relay's position. */
  getSetting(key: string): Promise<string | undefined>;
  /** Compare and set; false when the present value is not `expected`. */
  setSetting(key: string, expected: string | undefined, value: string): Promise<boolean>;

  /**
   * The lease when it is free, expired or already the owner's; `undefined` when another holds it. The token grows with each change of owner.
   * Its life is a duration: no wall clock that jumps ends it or keeps it.
   */
  acquireLease(name: string, owner: string, ttlMs: number): Promise<Lease | undefined>;
  releaseLease(lease: Lease): Promise<void>;
  /** Whether the engine answers now, for readiness. @throws `unavailable` when it does not, within the deadline of any call */
  probe(): Promise<void>;
  close(): Promise<void>;
}
