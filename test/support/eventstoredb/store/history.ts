import { NumberList, FixedBytesList } from './growing.js';
import type { StoredRecord } from './record.js';

/** What is known of one stream: where its events are, never their bytes. */
export interface StreamEntry {
  readonly name: string;
  /** Revision of the first entry of `events`; above 0 never happens, streams are kept whole. */
  readonly events: number[];
  /** A tombstone was written: the name is gone for good. */
  tombstoned: boolean;
}

/**
 * The index in memory: for each event of the log, in order, where it lies and what it is called. An event is known from the moment it is
 * decided on, and may be shown to readers once it is below {@link visible}.
 */
export class History {
  readonly streams = new Map<string, StreamEntry>();
  readonly positions = new NumberList();
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
    const entry = this.entryOf(record.stream);
    this.positions.push(position);
    this.#ids.push(record.id);
    this.#streamOf.push(entry);
    this.#typeOf.push(this.#interned(record.type));
    entry.events.push(index);
    if (record.type === '$streamDeleted') entry.tombstoned = true;
  }

  entryOf(stream: string): StreamEntry {
    const known = this.streams.get(stream);
    if (known !== undefined) return known;
    const entry = { name: stream, events: [], tombstoned: false };
    this.streams.set(stream, entry);
    return entry;
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

  /** One string for each type, however many events have it. */
  #interned(type: string): string {
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    this.#types.set(type, type);
    return type;
  }
}
