import type { StreamId } from '#kernel';

/** Opaque place in the whole store. Compare only with {@link EventStore.comparePositions}; never in evidence or URLs. */
export type Position = string & { readonly __position: true };

export interface EventToAppend {
  /** UUID; the store drops a second append of the same ids at the same expected revision. */
  readonly eventId: string;
  /** PascalCase past tense, e.g. `RunSubmitted`. */
  readonly type: string;
  /** The envelope's exact bytes, ≤ 1,000,000. They come back exactly. */
  readonly bytes: Uint8Array;
}

export interface StoredEvent extends EventToAppend {
  readonly stream: StreamId;
  /** 0-based within the stream, dense. */
  readonly revision: number;
  readonly position: Position;
}

/** The stream's last revision that the caller has seen; `'none'` when the stream must not exist yet. */
export type ExpectedRevision = number | 'none';

export interface AppendResult {
  /** Revision of the last event appended. */
  readonly revision: number;
  readonly position: Position;
}

export interface ReadAllOptions {
  /** Exclusive; from the beginning when absent. */
  readonly after?: Position;
  /** Only streams of these kinds (`run`, `sweep`, …); all when absent. */
  readonly kinds?: readonly string[];
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

export type SubscriptionItem =
  | { readonly kind: 'events'; readonly events: readonly StoredEvent[] }
  /** History has been delivered; sent each time the subscription reaches the head. `position` is the head of ALL events looked at, also of those the filter dropped. */
  | { readonly kind: 'caught-up'; readonly position: Position | undefined };

/**
 * The memory: append-only streams with one total order.
 *
 * - `append` MUST be atomic and durable before it resolves, MUST refuse (`conflict` WRONG_REVISION, facts `{expected, actual}`)
 *   another expected revision, MUST refuse an empty batch (`invalid` EMPTY_APPEND), and MUST answer a repeat of the same event ids
 *   at the same expected revision with the first result. The same id with other bytes or at another place is `already-exists` EVENT_ID_REUSED.
 * - Readers MUST see events of one stream in revision order and of all streams in one order that never changes; an event once
 *   seen MUST NOT be preceded later by one that was not there (no gaps that fill in afterwards).
 * - `subscribe` MUST deliver every matching event after `after` once per subscription, history then live, in batches, with
 *   back-pressure (it pulls), until its signal aborts (it then ends without error) or the store closes (`unavailable` STORE_CLOSED).
 * - A full disk is `exhausted` STORAGE_FULL, a read-only folder `unavailable` STORAGE_READ_ONLY, a store in use by another process
 *   `unavailable` STORE_IN_USE (facts `{pid}`); nothing is half-written and no call hangs.
 */
export interface EventStore {
  append(
    stream: StreamId,
    expected: ExpectedRevision,
    events: readonly EventToAppend[],
  ): Promise<AppendResult>;
  /** In batches, revision order; ends at once for an absent stream. `from` inclusive, default 0. */
  readStream(
    stream: StreamId,
    options?: { readonly from?: number; readonly limit?: number; readonly signal?: AbortSignal },
  ): AsyncIterable<readonly StoredEvent[]>;
  /** Up to the head as it was at the call. */
  readAll(options?: ReadAllOptions): AsyncIterable<readonly StoredEvent[]>;
  subscribe(options: Omit<ReadAllOptions, 'limit'>): AsyncIterable<SubscriptionItem>;
  /** Position of the newest event; undefined while the store is empty. */
  head(): Promise<Position | undefined>;
  /** Negative when `a` is before `b`. Throws `invalid` BAD_POSITION for a token that is not this engine's. */
  comparePositions(a: Position, b: Position): number;
  close(): Promise<void>;
}
