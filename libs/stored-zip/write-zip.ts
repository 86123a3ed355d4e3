import { crc32 } from 'node:zlib';
import { DomainError } from '#kernel';
import { centralHeader, descriptor, endOf, localHeader, spanOf, type ZipEntry } from './zip-format.js';

/** One file to be. */
export interface ZipPart {
  readonly name: string;
  /** As in `st_mode`. */
  readonly mode: number;
  /** Absent where it is known only when all of it has come. */
  readonly sizeBytes?: number;
  /** All of it, or where it comes from. */
  readonly content: Uint8Array | (() => AsyncIterable<Uint8Array>);
}

export type SizedPart = ZipPart & { readonly sizeBytes: number };

/** Smaller pieces are copied and given out together, larger ones as they are. */
const pieceBytes = 64 * 1024;

/** The entry as far as it is known before its bytes have come. */
function planned({ name, mode, sizeBytes = 0, content }: ZipPart, offset: number): ZipEntry {
  const described = typeof content === 'function';
  return { name, mode, sizeBytes, offset, described, crc: described ? 0 : crc32(content) };
}

const directoryOf = (entries: readonly ZipEntry[]) => {
  const headers = entries.map(centralHeader);
  const last = entries.at(-1);
  const directory = {
    entries: entries.length,
    offset: last === undefined ? 0 : last.offset + spanOf(last),
    sizeBytes: headers.reduce((sum, { length }) => sum + length, 0),
  };
  return { headers, directory };
};

/** Bytes that the file will have. */
export function zipBytes(parts: readonly SizedPart[]): number {
  let offset = 0;
  const entries = parts.map((part) => {
    const entry = planned(part, offset);
    offset += spanOf(entry);
    return entry;
  });
  const { directory } = directoryOf(entries);
  return directory.offset + directory.sizeBytes + endOf(directory).length;
}

/**
 * Streams the parts as a zip, one read at a time; each is asked for when those before it have left.
 * @throws MEMBER_CHANGED when one has other than the bytes it said
 */
export async function* writeZip(
  parts: Iterable<ZipPart> | AsyncIterable<ZipPart>,
): AsyncGenerator<Uint8Array, void> {
  const entries: ZipEntry[] = [];
  let offset = 0;
  let room = Buffer.alloc(0);
  let [begin, end] = [0, 0];
  const flush = function* (): Generator<Uint8Array> {
    if (end > begin) yield room.subarray(begin, end);
    begin = end;
  };
  const take = function* (bytes: Uint8Array): Generator<Uint8Array> {
    if (end + bytes.length > room.length) yield* flush();
    if (bytes.length >= pieceBytes) return yield bytes;
    if (end + bytes.length > room.length) [room, begin, end] = [Buffer.allocUnsafe(pieceBytes), 0, 0];
    room.set(bytes, end);
    end += bytes.length;
  };
  for await (const part of parts) {
    const { content, name, sizeBytes } = part;
    let entry = planned(part, offset);
    yield* take(localHeader(entry));
    if (typeof content === 'function') {
      let [crc, length] = [0, 0];
      for await (const bytes of content()) {
        crc = crc32(bytes, crc);
        length += bytes.length;
        yield* take(bytes);
      }
      if (length !== (sizeBytes ?? length)) {
        const message = `${name} has ${length} bytes, listed are ${sizeBytes}`;
        throw new DomainError('integrity', 'MEMBER_CHANGED', message);
      }
      entry = { ...entry, crc, sizeBytes: length };
      yield* take(descriptor(entry));
    } else yield* take(content);
    entries.push(entry);
    offset += spanOf(entry);
  }
  const { headers, directory } = directoryOf(entries);
  for (const header of headers) yield* take(header);
  yield* take(endOf(directory));
  yield* flush();
}
