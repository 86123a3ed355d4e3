import { hash } from 'node:crypto';
import { DomainError } from '#kernel';
import { hashBytes } from './merkle.js';

/** Hashes of a full tile, entries of a full bundle (C2SP tlog-tiles, height 8). */
export const tileWidth = 256;

/** A tile of hashes by its level, or a bundle of entries. `width` is below 256 for one that is still partial. */
export interface TileName {
  readonly level: number | 'entries';
  readonly index: number;
  readonly width: number;
}

/** `tile/0/x001/234`, `tile/entries/000.p/17`: the path below the log's prefix. */
export function tilePath({ level, index, width }: TileName): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) as string[];
  const path = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${path}${width === tileWidth ? '' : `.p/${width}`}`;
}

/** How many hashes or entries a tile holds in a log of this size, from 0 to 256. */
export function widthOf(level: number | 'entries', index: number, size: number): number {
  const nodes = Math.floor(size / tileWidth ** (level === 'entries' ? 0 : level));
  return Math.max(0, Math.min(tileWidth, nodes - index * tileWidth));
}

/** The partial tiles of a log of this size, and the bundle that is partial with the first: what its checkpoint needs beside full tiles. */
export function partialTiles(size: number): readonly TileName[] {
  const tiles: TileName[] = [];
  for (let [level, nodes] = [0, size]; nodes > 0; level++, nodes = Math.floor(nodes / tileWidth)) {
    const width = nodes % tileWidth;
    if (width === 0) continue;
    const index = Math.floor(nodes / tileWidth);
    tiles.push({ level, index, width });
    if (level === 0) tiles.push({ level: 'entries', index, width });
  }
  return tiles;
}

export const encodeTile = (hashes: readonly Uint8Array[]): Uint8Array => Buffer.concat(hashes);

/** @throws TILE_CORRUPT unless it holds at least `width` hashes, and no more than a full tile */
export function decodeTile(bytes: Uint8Array, width: number): readonly Uint8Array[] {
  const row = tileRow(bytes, width);
  return Array.from({ length: width }, (_, i) => row.subarray(i * hashBytes, (i + 1) * hashBytes));
}

/** The same hashes as they lie, in a row. @throws TILE_CORRUPT */
export function tileRow(bytes: Uint8Array, width: number): Uint8Array {
  if (
    bytes.length % hashBytes !== 0 ||
    bytes.length > tileWidth * hashBytes ||
    bytes.length < width * hashBytes
  )
    throw corrupt(`a tile of ${width} hashes has ${bytes.length} bytes`);
  return bytes.subarray(0, width * hashBytes);
}

/** Bytes that one entry may have: its length is written as a uint16. */
export const maxEntryBytes = 65_535;

/** Each entry behind its length as a big-endian uint16. @throws ENTRY_TOO_LONG */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(entries.reduce((sum, { length }) => sum + 2 + length, 0));
  let at = 0;
  for (const entry of entries) {
    if (entry.length > maxEntryBytes) throw tooLong(entry.length);
    at = bytes.writeUInt16BE(entry.length, at);
    bytes.set(entry, at);
    at += entry.length;
  }
  return bytes;
}

const tooLong = (length: number): DomainError =>
  new DomainError('invalid', 'ENTRY_TOO_LONG', `a log entry of ${length} bytes, at most ${maxEntryBytes}`);

/** The bundle of entries that are texts, and their leaf hashes in a row. @throws ENTRY_TOO_LONG */
export function bundleOfTexts(entries: readonly string[]): {
  readonly bytes: Buffer;
  readonly hashes: Buffer;
} {
  let text = '';
  for (const entry of entries) text += `\0\0${entry}`;
  const bytes = Buffer.from(text);
  const isAscii = bytes.length === text.length;
  const hashes = Buffer.alloc(entries.length * hashBytes);
  for (let i = 0, at = 0; i < entries.length; i++) {
    const entry = entries[i] as string;
    const length = isAscii ? entry.length : Buffer.byteLength(entry);
    if (length > maxEntryBytes) throw tooLong(length);
    const end = at + 2 + length;
    // Where its length will stand there is the zero still that a leaf is hashed behind.
    hashes.write(hash('sha256', bytes.subarray(at + 1, end), 'latin1'), i * hashBytes, 'latin1');
    bytes.writeUInt16BE(length, at);
    at = end;
  }
  return { bytes, hashes };
}

/** The first `width` entries. @throws TILE_CORRUPT when there are fewer, more than 256, or one is cut off */
export function decodeEntryBundle(bytes: Uint8Array, width: number): readonly Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const begin = at + 2;
    const end = begin > bytes.length ? Infinity : begin + view.getUint16(at);
    if (end > bytes.length || entries.length === tileWidth)
      throw corrupt(`a bundle does not end with its entry ${entries.length}`);
    entries.push(bytes.subarray(begin, end));
    at = end;
  }
  if (entries.length < width) throw corrupt(`a bundle of ${width} entries has ${entries.length}`);
  return entries.slice(0, width);
}

const corrupt = (message: string): DomainError => new DomainError('integrity', 'TILE_CORRUPT', message);
