import type { StreamId } from '#kernel';

/** Opaque place in the whole store. Compare only with {@link EventStore.comparePositions}; never in evidence or URLs. */
export type Position = string & { readonly __position: true };

/** Bytes of one event at most. */
export const maxEventBytes = 1_000_000;
/**
 * Of one append at most: the bytes of its events and {@link roomPerEventBytes} for each. EventStoreDB takes 1 MiB and an append is never
 * split, so no engine takes more: a history can always move to another one.
 */
export const maxAppendBytes = 2 ** 20;
/** What an engine may need for an event beside its bytes: type, id, its own fields. */
export const roomPerEventBytes = 256;

export interface EventToAppend {
  /**
   * UUID in lower case, unique within its stream; the store drops a second append of the same ids at the same expected revision. Callers
   * make it of the stream too, so that no two streams hold the same one.
   */
  readonly eventId: string;
  /** PascalCase past tense, e.g. `RunSubmitted`; letters and digits, ≤ 100. */
  readonly type: string;
  /** The envelope's exact bytes, ≤ {@link maxEventBytes}. They come back exactly. */
  readonly bytes: Uint8Array;
}

/** For reading only, its bytes as well: several readers may be given the same one. */
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
  /** Inclusive, and known to be there: the head need not be asked for. */
  readonly upTo?: Position;
  readonly signal?: AbortSignal;
}

export type SubscribeOptions = Omit<ReadAllOptions, 'limit' | 'upTo'>;

export type SubscriptionItem =
  | { readonly kind: 'events'; readonly events: readonly StoredEvent[] }
  /**
   * History has been delivered; sent each time the subscription reaches the head, a moment later where only events have come that the
   * filter drops; also while others never stop appending, so the head may be further on again. `position` is the head of ALL events looked at, also of those.
   */
  | { readonly kind: 'caught-up'; readonly position: Position | undefined };

/**
 * The memory: append-only streams with one total order. Several callers use one store at once.
 *
 * - `append` MUST be atomic and durable before it resolves, MUST refuse (`conflict` WRONG_REVISION, facts `{expected, actual}`,
 *   −1 for none) another expected revision, MUST refuse an empty batch (`invalid` EMPTY_APPEND) and one that is too large (`invalid`
 *   APPEND_TOO_LARGE), and MUST answer a repeat of the same event ids with the same content at the same expected revision with the
 *   first result. An id that stands in this stream with other bytes or type or at another place is `already-exists` EVENT_ID_REUSED,
 *   whoever put it there and however long ago; what other streams hold MUST make no difference. Input that is not as typed here is
 *   `invalid` and reaches nothing. One caller's refusal MUST NOT touch another's append.
 * - Readers MUST see events of one stream in revision order and of all streams in one order that never changes; an event once
 *   seen MUST NOT be preceded later by one that was not there (no gaps that fill in afterwards). A caller's own append MUST be
 *   seen by every read that it begins afterwards. What an engine keeps for itself MUST NOT be shown.
 * - An aborted `readStream` or `readAll` MUST throw (`cancelled` CANCELLED): a part must not pass for the whole.
 * - `subscribe` MUST deliver every matching event after `after` once per subscription, history then live, in batches, with
 *   back-pressure (it pulls; what is not asked for is not held), until its signal aborts (it then ends without error) or the
 *   store closes or fails for good (it throws `unavailable` STORE_CLOSED or STORE_FAILED, at once also when it is idle). An engine
 *   that is away, restarts, or lets a subscription end or fall silent is not a failure for good: the subscription MUST go on, without
 *   gap or repeat, when it is back, however long that takes; whether it is there now is told by `probe` and every other call.
 * - An engine that does not answer is `unavailable` STORE_UNAVAILABLE within seconds; no call hangs. An append that ended so MAY have
 *   been carried out, before or after: its repeat finds out.
 * - A position beyond the newest event is `integrity` POSITION_UNKNOWN: the store is older than what was read from it.
 * - A full disk is `exhausted` STORAGE_FULL, a read-only folder `unavailable` STORAGE_READ_ONLY, a store in use by another process
 *   `unavailable` STORE_IN_USE (facts `{pid}`), a damaged one, or one in which events are missing or not ours, `integrity`
 *   STORE_CORRUPT; nothing is half-written.
 * - After `close` every call MUST fail with STORE_CLOSED; appends made before it either resolve or reject, and what they reject was
 *   not carried out, unless it is STORE_UNAVAILABLE.
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
  /** Up to a head that was the newest event at the call or later, but before the first batch: it ends however much is appended. */
  readAll(options?: ReadAllOptions): AsyncIterable<readonly StoredEvent[]>;
  subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem>;
  /** Position of the newest event; undefined while the store is empty. */
  head(): Promise<Position | undefined>;
  /** Of the newest event that this client has heard of, by whatever it was told; the engine is not asked. */
  headSeen(): Position | undefined;
  /** Negative when `a` is before `b`. Throws `invalid` BAD_POSITION for a token that is not this engine's. */
  comparePositions(a: Position, b: Position): number;
  /** Resolves when the engine answers now. @throws STORE_UNAVAILABLE within seconds, STORE_CLOSED */
  probe(): Promise<void>;
  close(): Promise<void>;
}
