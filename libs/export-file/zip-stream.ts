import { crc32 } from 'node:zlib';
import { centralHeader, descriptor, localHeader, zipEnd, type ZipEntry } from './zip-records.js';

/** One file of the zip; its bytes are asked for when those before it have left. */
export interface ZipMember {
  /** ASCII. */
  readonly path: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * A zip, streamed. Nothing is held but the piece on its way.
 */
export async function* zipStream(members: AsyncIterable<ZipMember>): AsyncGenerator<Uint8Array> {
  const written: ZipEntry[] = [];
  let offset = 0;
  for await (const { path: name, bytes } of members) {
    const path = Buffer.from(name);
    const header = localHeader(path);
    yield header;
    let [crc, size] = [0, 0];
    for await (const piece of bytes) {
      crc = crc32(piece, crc);
      size += piece.length;
      yield piece;
    }
    const sizes = descriptor({ crc, size });
    yield sizes;
    written.push({ path, crc, size, offset });
    offset += header.length + size + sizes.length;
  }
  const directory = Buffer.concat(written.map(centralHeader));
  yield directory;
  yield zipEnd(written.length, directory.length, offset);
}
