import type { Store } from './store.js';
import { decodeRecord, headBytes, type StoredRecord } from './record.js';

const windowBytes = 64 * 1024;
const guessedBytes = 1024;

/** Reads records: one by itself, neighbours through a window of the file, so that many cost one read. One for each call. */
export class Cursor {
  readonly #store: Store;
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;
  #lastStart = -1;
  #lastEnd = -1;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The event with this index in the whole log, where it begins and where the next one does. */
  read(index: number): { readonly record: StoredRecord; readonly position: number; readonly end: number } {
    const { positions } = this.#store.history;
    const position = positions.at(index);
    const bytes = this.#bytesAt(position, positions.at(index + 1));
    return { record: decodeRecord(bytes), position, end: position + headBytes + bytes.readUInt32LE(0) };
  }

  #bytesAt(position: number, next: number): Buffer {
    const held = this.#held(position);
    if (held !== undefined) return held;
    const forwards = position === this.#lastEnd;
    const backwards = next === this.#lastStart;
    // Without a next one its length is not known beforehand.
    const end = Number.isNaN(next) ? position + headBytes + guessedBytes : next;
    const at = backwards ? Math.max(0, Math.min(position, end - windowBytes)) : position;
    this.#window = this.#store.log.read(at, forwards ? Math.max(windowBytes, end - at) : end - at);
    this.#windowAt = at;
    const found = this.#held(position);
    if (found !== undefined) return found;
    const length = headBytes + this.#window.readUInt32LE(position - at);
    this.#window = this.#store.log.read(position, length);
    this.#windowAt = position;
    return this.#window;
  }

  /** The window from `position` on, when it holds all of the record there. */
  #held(position: number): Buffer | undefined {
    const at = position - this.#windowAt;
    if (at < 0 || at + headBytes > this.#window.length) return undefined;
    const bytes = this.#window.subarray(at);
    const length = headBytes + bytes.readUInt32LE(0);
    if (bytes.length < length) return undefined;
    this.#lastStart = position;
    this.#lastEnd = position + length;
    return bytes;
  }
}
