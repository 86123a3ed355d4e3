import { FixedBytesList, NumberList } from './growing.js';
import { originalOf, parseMetadata, type StreamMetadata } from './metadata.js';
import type { StoredRecord } from './record.js';

/** What is known of one stream: where its events are, never their bytes. */
export interface StreamEntry {
  readonly name: string;
  /** For each revision the event's index in the whole log. */
  readonly events: number[];
  /** Index of the tombstone: the name is gone for good. */
  tombstone: number | undefined;
  metadata: StreamMetadata;
}

/** The type of a tombstone, which has no revision of its own. */
export const tombstoneType = '$streamDeleted';

/**
 * The index in memory: for each event of the log, in order, where it lies and what it is called. An event is known from the moment it is
 * decided on, and may be shown to readers once it is below {@link visible}.
 */
export class History {
  readonly positions = new NumberList();
  readonly #streams = new Map<string, StreamEntry>();
  readonly #streamOf: StreamEntry[] = [];
  readonly #typeOf: string[] = [];
  readonly #types = new Map<string, string>();
  readonly #ids = new FixedBytesList(16);
  /** How many events are durable. */
  visible = 0;

  get length(): number {
    return this.#streamOf.length;
  }

  add(record: StoredRecord, position: number): void {
    const index = this.length;
    const entry = this.#entryOf(record.stream);
    this.positions.push(position);
    this.#ids.push(record.id);
    this.#streamOf.push(entry);
    this.#typeOf.push(this.#interned(record.type));
    if (record.type === tombstoneType) entry.tombstone = index;
    else entry.events.push(index);
    const original = originalOf(record.stream);
    if (original !== undefined) this.#entryOf(original).metadata = parseMetadata(record.data);
  }

  /** An entry without events for a stream that never was. */
  find(stream: string): StreamEntry {
    return this.#streams.get(stream) ?? newEntry(stream);
  }

  streamAt(index: number): string {
    return this.#streamOf[index]?.name ?? '';
  }

  typeAt(index: number): string {
    return this.#typeOf[index] ?? '';
  }

  hasIdAt(index: number | undefined, id: Uint8Array): boolean {
    return index !== undefined && this.#ids.equalsAt(index, id);
  }

  #entryOf(stream: string): StreamEntry {
    const known = this.#streams.get(stream);
    if (known !== undefined) return known;
    const entry = newEntry(stream);
    this.#streams.set(stream, entry);
    return entry;
  }

  /** One string for each type, however many events have it. */
  #interned(type: string): string {
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    this.#types.set(type, type);
    return type;
  }
}

const newEntry = (name: string): StreamEntry => ({ name, events: [], tombstone: undefined, metadata: {} });
