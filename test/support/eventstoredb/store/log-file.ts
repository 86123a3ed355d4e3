import {
  closeSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  write,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { decodeRecord, headBytes, isWhole, longestBody, type StoredRecord } from './record.js';

const sync = promisify(fdatasync);
const windowBytes = 1 << 20;
/** Says what the file is, and keeps position 0 free: it means the start to clients. */
const header = Buffer.from('eventlog\n\x00\x00\x00\x00\x00\x00\x01');

/**
 * The append-only file. Bytes handed to {@link append} are on the disk when a later {@link flushed} resolves; what comes while one flush
 * runs is taken by the next (group commit). A failed write ends the process, which knows more than its disk then.
 */
export class LogFile {
  readonly #fd: number;
  #end = header.length;
  #waiting: Buffer[] = [];
  #running: Promise<void> | undefined;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#fd = openSync(path, 'a+');
    const found = this.read(0, header.length);
    if (!header.subarray(0, found.length).equals(found))
      throw new Error(`${path} is not a log of this server`);
    writeSync(this.#fd, header, found.length);
    fsyncSync(this.#fd);
  }

  /** Where the next record will lie. */
  get end(): number {
    return this.#end;
  }

  /** Bytes appended and not yet handed to the disk. */
  backlogBytes = 0;

  /** Gives every record of every whole append to `each`, then cuts off what was torn. */
  recover(each: (record: StoredRecord, position: number) => void): void {
    const size = fstatSync(this.#fd).size;
    let append: [StoredRecord, number][] = [];
    for (const [record, position, end] of this.#wholeRecords(size)) {
      append.push([record, position]);
      if (!record.endsAppend) continue;
      for (const [whole, start] of append) each(whole, start);
      append = [];
      this.#end = end;
    }
    if (this.#end === size) return;
    ftruncateSync(this.#fd, this.#end);
    fsyncSync(this.#fd);
  }

  append(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#end += bytes.length;
    this.backlogBytes += bytes.length;
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

  /** Record, where it begins and where it ends, until the first that is not whole. */
  *#wholeRecords(size: number): Generator<[StoredRecord, number, number]> {
    let window: Buffer = Buffer.alloc(0);
    let position = this.#end;
    for (;;) {
      if (!isWhole(window)) {
        window = this.read(position, Math.min(size - position, windowBytes));
        const length = window.length < headBytes ? 0 : headBytes + window.readUInt32LE(0);
        if (length > window.length && length <= Math.min(size - position, headBytes + longestBody))
          window = this.read(position, length);
        if (!isWhole(window)) return;
      }
      const end = position + headBytes + window.readUInt32LE(0);
      yield [decodeRecord(window), position, end];
      window = window.subarray(end - position);
      position = end;
    }
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.backlogBytes = 0;
    try {
      for (let written = 0; written < bytes.length;) written += await this.#write(bytes, written);
      await sync(this.#fd);
    } catch (error) {
      console.error(error);
      process.exit(1);
    }
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
