import { closeSync, open, read } from 'node:fs';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { DomainError } from '#kernel';
import { ahead } from './ahead.js';
import {
  centralHeader,
  centralHeaderBytes,
  descriptor,
  descriptorBytes,
  end64Bytes,
  endBytes,
  endOf,
  isLarge,
  localHeader,
  locatorBytes,
  signatures,
  spanOf,
  type Directory,
  type ZipEntry,
} from './zip-format.js';

/** What the zip carries, and how that is refused. */
export interface ZipCargo {
  /** `bundle`: what people are told it should have been. */
  readonly noun: string;
  /** @param entry the file in it that is wrong, where it is one */
  invalid(message: string, entry?: string): DomainError;
  unreadable(kind: 'not-found' | 'invalid', message: string): DomainError;
}

export interface ZipLimits {
  readonly entries: number;
  /** Of the central directory, which is held in memory. */
  readonly directoryBytes: number;
}

/** An open zip of the one kind there is; see `zip-format`. Hostile: nothing is read that its end does not account for. */
export interface OpenZip {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly sizeBytes: number;
  /**
   * The bytes of an entry; fails as `invalid` where what stands around them says otherwise.
   * @param lent a piece is the caller's only until it asks for the next: then its room may be used again
   */
  read(entry: ZipEntry, lent?: boolean): AsyncGenerator<Buffer, void>;
  close(): void;
}

interface Refusals {
  readonly invalid: ZipCargo['invalid'];
  /** The file as a whole. */
  damaged(what: string): DomainError;
  wrong(entry: string, what: string): DomainError;
  readonly noun: string;
}

const refusals = ({ noun, invalid }: ZipCargo): Refusals => ({
  ...{ noun, invalid },
  damaged: (what) => invalid(`not a zip file of ${aOrAn(noun)}: ${what}`),
  wrong: (entry, what) => invalid(`entry ${JSON.stringify(entry.slice(0, 200))} ${what}`, entry),
});

const aOrAn = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;

const pieceBytes = 256 * 1024;
/** One with the caller, one whose end is kept, one that is read into. */
const roomCount = 3;
const openFile = promisify(open);
const readFile = promisify(read);

/** @throws `invalid` of the cargo; `unreadable` where there is no such file, or it cannot be read */
export async function openZip(path: string, limits: ZipLimits, cargo: ZipCargo): Promise<OpenZip> {
  const { fd, size } = await opened(path, cargo);
  const refuse = refusals(cargo);
  try {
    const directory = await readEnd(fd, size, limits, refuse);
    const entries = await readDirectory(fd, directory, refuse);
    const read = (entry: ZipEntry, lent = false) => readEntry(fd, entry, refuse, lent);
    return { entries, sizeBytes: size, read, close: () => closeSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

async function opened(path: string, { unreadable }: ZipCargo): Promise<{ fd: number; size: number }> {
  try {
    const found = await stat(path);
    // A pipe or a device has no end to begin at.
    if (!found.isFile()) throw unreadable('invalid', `${path}: is not a file`);
    return { fd: await openFile(path, 'r'), size: found.size };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof DomainError) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw unreadable('not-found', `${path}: there is no such file`);
    throw unreadable('invalid', `${path}: ${message}`);
  }
}

/** Exactly these bytes of the file. */
async function bytesAt(
  fd: number,
  offset: number,
  length: number,
  refuse: Refusals,
  room: Buffer = Buffer.allocUnsafe(length),
): Promise<Buffer> {
  const buffer = room.subarray(0, length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await readFile(fd, buffer, done, length - done, offset + done);
    if (bytesRead === 0) throw refuse.damaged('it ends too early');
    done += bytesRead;
  }
  return buffer;
}

/** Where the central directory is: right in front of the end, which must be as it would be written. */
async function readEnd(fd: number, size: number, limits: ZipLimits, refuse: Refusals): Promise<Directory> {
  const { damaged, invalid } = refuse;
  const most = end64Bytes + locatorBytes + endBytes;
  if (size < endBytes) throw damaged('it is too short');
  const tail = await bytesAt(fd, Math.max(0, size - most), Math.min(size, most), refuse);
  const end = tail.subarray(tail.length - endBytes);
  if (end.readUInt32LE(0) !== signatures.end) throw damaged('it does not end as one');
  const large = end.readUInt32LE(16) === 0xffffffff || end.readUInt16LE(10) === 0xffff;
  if (large && tail.length < most) throw damaged('it is too short');
  const directory: Directory = large
    ? {
        entries: number64(tail, 32, refuse),
        sizeBytes: number64(tail, 40, refuse),
        offset: number64(tail, 48, refuse),
      }
    : { entries: end.readUInt16LE(10), sizeBytes: end.readUInt32LE(12), offset: end.readUInt32LE(16) };
  if (directory.entries > limits.entries)
    throw invalid(`${directory.entries} entries, at most ${limits.entries}`);
  if (directory.sizeBytes > limits.directoryBytes)
    throw invalid(`the list of its entries has more than ${limits.directoryBytes} bytes`);
  const expected = endOf(directory);
  if (directory.offset + directory.sizeBytes + expected.length !== size)
    throw damaged('something stands before, behind or between its parts');
  if (!tail.subarray(tail.length - expected.length).equals(expected)) throw damaged('its end is not right');
  return directory;
}

/** What is larger than any number of bytes is no number of bytes. */
function number64(bytes: Buffer, at: number, { damaged }: Refusals): number {
  const value = Number(bytes.readBigUInt64LE(at));
  if (!Number.isSafeInteger(value)) throw damaged('a number in it is too large');
  return value;
}

/** Every entry must be as it would be written, and begin where the one before ends. */
async function readDirectory(
  fd: number,
  directory: Directory,
  refuse: Refusals,
): Promise<ReadonlyMap<string, ZipEntry>> {
  const { damaged, wrong } = refuse;
  const bytes = await bytesAt(fd, directory.offset, directory.sizeBytes, refuse);
  const entries = new Map<string, ZipEntry>();
  let [at, offset] = [0, 0];
  for (let i = 0; i < directory.entries; i++) {
    const { entry, length } = readCentral(bytes, at, refuse);
    if (entry.offset !== offset) throw wrong(entry.name, 'does not begin where the one before it ends');
    if (entries.has(entry.name)) throw wrong(entry.name, 'is there twice');
    entries.set(entry.name, entry);
    offset += spanOf(entry);
    at += length;
  }
  if (at !== bytes.length || offset !== directory.offset)
    throw damaged('something stands before, behind or between its parts');
  return entries;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
/** Bundles of before 2026-11-27 say the time of every entry once more, in local time of their server. */
const timeExtra = { id: 0x5455, bytes: 9 };

function readCentral(
  bytes: Buffer,
  at: number,
  refuse: Refusals,
): { readonly entry: ZipEntry; readonly length: number } {
  const { damaged, wrong, noun } = refuse;
  if (bytes.length - at < centralHeaderBytes) throw damaged('its list of entries ends too early');
  const nameBytes = bytes.readUInt16LE(at + 28);
  const extraBytes = bytes.readUInt16LE(at + 30);
  const length = centralHeaderBytes + nameBytes + extraBytes;
  if (bytes.length - at < length) throw damaged('its list of entries ends too early');
  const name = nameOf(bytes.subarray(at + centralHeaderBytes, at + centralHeaderBytes + nameBytes), refuse);
  const flags = bytes.readUInt16LE(at + 8);
  const mode = bytes.readUInt16LE(at + 40);
  if ((flags & 1) !== 0) throw wrong(name, 'is encrypted');
  if (bytes.readUInt16LE(at + 10) !== 0) throw wrong(name, `is compressed, which no ${noun} is`);
  if (name.endsWith('/') || (mode & 0o170000) !== 0o100000) throw wrong(name, 'is no regular file');
  const header = Buffer.from(bytes.subarray(at, at + length));
  const plain = withoutTime(header, centralHeaderBytes + nameBytes);
  const sizes = plain.length - centralHeaderBytes - nameBytes;
  const wide = plain.readUInt32LE(20) === 0xffffffff && sizes >= 28;
  const extra = centralHeaderBytes + nameBytes;
  const entry: ZipEntry = {
    ...{ name, mode, described: (flags & 8) !== 0, crc: plain.readUInt32LE(16) },
    sizeBytes: wide ? number64(plain, extra + 4, refuse) : plain.readUInt32LE(24),
    offset: wide ? number64(plain, extra + 20, refuse) : plain.readUInt32LE(42),
  };
  if (wide !== isLarge(entry) || !plain.equals(centralHeader(entry)))
    throw wrong(name, `is not written as an entry of ${aOrAn(noun)} is`);
  return { entry, length };
}

function nameOf(bytes: Uint8Array, { damaged }: Refusals): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw damaged('a name in it is not UTF-8');
  }
}

function withoutTime(header: Buffer, at: number): Buffer {
  const has = header.length - at >= timeExtra.bytes && header.readUInt16LE(at) === timeExtra.id;
  if (!has || header.readUInt16LE(at + 2) !== timeExtra.bytes - 4 || header[at + 4] !== 3) return header;
  const plain = Buffer.concat([header.subarray(0, at), header.subarray(at + timeExtra.bytes)]);
  plain.writeUInt16LE(header.readUInt16LE(30) - timeExtra.bytes, 30);
  return plain;
}

/** In pieces; what stands before and after must say what the list of entries says. */
async function* readEntry(
  fd: number,
  entry: ZipEntry,
  refuse: Refusals,
  lent: boolean,
): AsyncGenerator<Buffer, void> {
  const { wrong } = refuse;
  const [before, after] = [localHeader(entry), descriptorBytes(entry)];
  const end = entry.offset + spanOf(entry);
  let crc = 0;
  let rest: Buffer = Buffer.alloc(0);
  let skip = before.length;
  let at = entry.offset;
  for await (const bytes of ahead(piecesOf(fd, at, end, refuse, lent))) {
    at += bytes.length;
    let piece = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    if (skip > 0) {
      if (piece.length < skip) throw wrong(entry.name, 'has too long a name');
      if (!piece.subarray(0, skip).equals(before)) throw wrong(entry.name, 'is announced as something else');
      piece = piece.subarray(skip);
      skip = 0;
    }
    // What follows the bytes may be cut in two.
    const kept = Math.min(piece.length, Math.max(0, after - (end - at)));
    const data = piece.subarray(0, piece.length - kept);
    rest = piece.subarray(piece.length - kept);
    crc = crc32(data, crc);
    if (data.length > 0) yield data;
  }
  if (crc !== entry.crc || !rest.equals(descriptor(entry)))
    throw wrong(entry.name, 'has another sum than the zip says');
}

async function* piecesOf(
  fd: number,
  begin: number,
  end: number,
  refuse: Refusals,
  lent: boolean,
): AsyncGenerator<Buffer, void> {
  const rooms: Buffer[] = [];
  for (let at = begin, turn = 0; at < end; at += pieceBytes, turn = (turn + 1) % roomCount) {
    const length = Math.min(pieceBytes, end - at);
    const room = lent ? (rooms[turn] ??= Buffer.allocUnsafeSlow(length)) : undefined;
    yield bytesAt(fd, at, length, refuse, room);
  }
}
