import type { Store } from './store.js';
import { decodeRecord, headBytes, type StoredRecord } from './record.js';

const windowBytes = 64 * 1024;

/** Reads records through a window of the file, so that neighbours cost one read. One for each call. */
export class Cursor {
  readonly #store: Store;
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;

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
    // Towards the end of the window when going backwards, so that the next one is in it as well.
    const backwards = position < this.#windowAt && position >= this.#windowAt - windowBytes;
    const end = Number.isNaN(next) ? position + headBytes : next;
    const at = backwards ? Math.max(0, end - windowBytes) : position;
    this.#window = this.#store.log.read(at, Math.max(windowBytes, end - at));
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
    return bytes.length >= headBytes + bytes.readUInt32LE(0) ? bytes : undefined;
  }
}
