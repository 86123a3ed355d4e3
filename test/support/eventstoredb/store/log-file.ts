import {
  closeSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  write,
} from 'node:fs';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { decodeRecord, headBytes, isWhole, longestBody, type StoredRecord } from './record.js';

const sync = promisify(fdatasync);
const windowBytes = 1 << 20;

/**
 * The append-only file. Bytes handed to {@link append} are on the disk when the promise of {@link flushed} resolves; what is
 * appended while one flush runs is taken by the next (group commit). A failed write ends the process: the server knows less than its disk then.
 */
export class LogFile {
  readonly #fd: number;
  #end = 0;
  #waiting: Buffer[] = [];
  #running: Promise<void> | undefined;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#fd = openSync(path, 'a+');
    fsyncSync(this.#fd);
  }

  /** Where the next record will lie. */
  get end(): number {
    return this.#end;
  }

  /** Gives every record of every whole append to `each`; cuts off what was torn. */
  recover(each: (record: StoredRecord, position: number) => void): void {
    const size = fstatSync(this.#fd).size;
    let window: Buffer = Buffer.alloc(0);
    let windowAt = 0;
    let at = 0;
    let append: [StoredRecord, number][] = [];
    for (;;) {
      let rest = window.subarray(at - windowAt);
      if (!isWhole(rest) && windowAt + window.length < size) {
        const wanted = rest.length < headBytes ? 0 : Math.min(rest.readUInt32LE(0), longestBody);
        window = this.read(at, Math.min(size - at, Math.max(windowBytes, headBytes + wanted)));
        windowAt = at;
        rest = window;
        if (!isWhole(rest) && rest.length >= headBytes) {
          const length = headBytes + Math.min(rest.readUInt32LE(0), longestBody);
          if (length > rest.length && at + length <= size) window = rest = this.read(at, length);
        }
      }
      if (!isWhole(rest)) break;
      const record = decodeRecord(rest);
      append.push([record, at]);
      at += headBytes + rest.readUInt32LE(0);
      if (!record.endsAppend) continue;
      for (const [each1, position] of append) each(each1, position);
      append = [];
      this.#end = at;
    }
    if (this.#end < size) {
      ftruncateSync(this.#fd, this.#end);
      fsyncSync(this.#fd);
    }
  }

  append(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#end += bytes.length;
  }

  /** Resolves when everything appended so far is durable. */
  async flushed(): Promise<void> {
    // The flush that runs may have begun before the last append; the one after it has not.
    if (this.#running !== undefined) await this.#running;
    if (this.#waiting.length > 0) this.#running ??= this.#flush();
    await this.#running;
  }

  read(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, readSync(this.#fd, bytes, 0, length, position));
  }

  async close(): Promise<void> {
    await this.flushed();
    closeSync(this.#fd);
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    for (let written = 0; written < bytes.length;) written += await this.#write(bytes, written);
    await sync(this.#fd);
    this.#running = undefined;
  }

  #write(bytes: Buffer, from: number): Promise<number> {
    return new Promise((resolve, reject) =>
      write(this.#fd, bytes, from, bytes.length - from, null, (error, count) =>
        error === null ? resolve(count) : reject(error),
      ),
    );
  }
}
