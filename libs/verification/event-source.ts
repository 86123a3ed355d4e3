import type { JsonObject } from '#kernel';
import type { JudgedKind } from './judged.js';

/** An event as it lies in the store, read by nobody's code but this room's. Nothing in it is trusted. */
export interface FoundEvent {
  /** Where it stands, counted from 0 in the order of the store. */
  readonly index: number;
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

export type StreamEvent = Pick<FoundEvent, 'type' | 'bytes'>;

/** One of a {@link JudgedKind}, parsed, without the lists of its blobs. */
export interface JudgedEvent extends Omit<FoundEvent, 'bytes'> {
  readonly data: JsonObject;
  readonly metadata: JsonObject;
}

/** What could not be read, and why. */
export interface Unreadable {
  readonly index: number;
  readonly why: string;
}

export interface FoundEvents {
  readonly events: readonly FoundEvent[];
  readonly unreadable: readonly Unreadable[];
}

/** Events in a row, packed; which of them is damaged it does not say. */
export interface Page {
  /** Of all of them. */
  readonly bytes: Buffer;
  /** How many of these are each one's. */
  readonly lengths: readonly number[];
  /** 16 bytes each. */
  readonly ids: Buffer;
  /** What a leaf says from its revision on, names as they are. */
  readonly rests: readonly string[];
}

/** One reading of one event store. */
export interface EventSource {
  /** What stands at these indexes, the second exclusive. A source that cannot jump is asked in ascending order. */
  read(from: number, to: number): FoundEvents | Promise<FoundEvents>;
  /** The same where every place has an event and nothing is wrong with any; else, or where they are too large together, undefined. */
  page?(from: number, to: number): Page | undefined;
  /** Events that the store has now, or at least as many; undefined where that cannot be said without reading them. */
  count(): number | undefined;
  /** The first place from here on that has an event; `Infinity` for none. Of a source that has no empty places, undefined. */
  next?(from: number): number;
  /** How many events of a stream have an id. */
  copies(stream: string, eventId: string): number | Promise<number>;
  /** Stored bytes of a stream's first events, of those that can be read. */
  stream(name: string, most: number): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** One event of a stream, its last one for −1; undefined where it is not there or cannot be read. */
  event(stream: string, revision: number): StreamEvent | undefined | Promise<StreamEvent | undefined>;
  /** Events of these kinds that stand after an index, at most so many; of a source that cannot jump those that it has passed. */
  judged(kinds: readonly JudgedKind[], after: number, most: number): readonly JudgedEvent[];
  /** What is wrong with the file, and with its streams, that reading its events in order does not show; bounded. */
  damage(): readonly Damage[];
  close(): void | Promise<void>;
}

export interface Damage {
  readonly what: 'file' | 'stream';
  /** Name of the stream. */
  readonly stream?: string;
  readonly message: string;
}
