import { crc32 } from 'node:zlib';
import { DomainError } from '#kernel';
import { centralHeader, descriptor, endOf, localHeader, spanOf, type ZipEntry } from './zip-format.js';

/** One file to be. */
export interface ZipPart {
  readonly name: string;
  readonly mode: number;
  readonly sizeBytes: number;
  /** All of it, or where it comes from. */
  readonly content: Uint8Array | (() => AsyncIterable<Uint8Array>);
}

/** Smaller pieces are given out together. */
const pieceBytes = 64 * 1024;

/** The entries as they will be, but for the sums of those that are streamed. */
const planned = (parts: readonly ZipPart[]): ZipEntry[] => {
  let offset = 0;
  return parts.map(({ name, mode, sizeBytes, content }) => {
    const described = typeof content === 'function';
    const entry = { name, mode, sizeBytes, offset, described, crc: described ? 0 : crc32(content) };
    offset += spanOf(entry);
    return entry;
  });
};

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
export function zipBytes(parts: readonly ZipPart[]): number {
  const { directory } = directoryOf(planned(parts));
  return directory.offset + directory.sizeBytes + endOf(directory).length;
}

/** Streams the parts as a zip, one read at a time. @throws MEMBER_CHANGED when one has other than its bytes */
export async function* writeZip(parts: readonly ZipPart[]): AsyncGenerator<Uint8Array, void> {
  const entries = planned(parts);
  let small: Uint8Array[] = [];
  let waiting = 0;
  const take = function* (bytes: Uint8Array): Generator<Uint8Array> {
    small.push(bytes);
    waiting += bytes.length;
    if (waiting < pieceBytes) return;
    const [only] = small;
    yield small.length === 1 && only !== undefined ? only : Buffer.concat(small);
    [small, waiting] = [[], 0];
  };
  for (const [i, { content, name, sizeBytes }] of parts.entries()) {
    const entry = entries[i] as ZipEntry;
    yield* take(localHeader(entry));
    if (typeof content !== 'function') {
      yield* take(content);
      continue;
    }
    let [crc, length] = [0, 0];
    for await (const bytes of content()) {
      crc = crc32(bytes, crc);
      length += bytes.length;
      yield* take(bytes);
    }
    if (length !== sizeBytes) {
      const message = `${name} has ${length} bytes, listed are ${sizeBytes}`;
      throw new DomainError('integrity', 'MEMBER_CHANGED', message);
    }
    entries[i] = { ...entry, crc };
    yield* take(descriptor(entries[i] as ZipEntry));
  }
  const { headers, directory } = directoryOf(entries);
  for (const header of headers) yield* take(header);
  yield* take(endOf(directory));
  if (waiting > 0) yield Buffer.concat(small);
}
