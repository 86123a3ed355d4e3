import {
  bundleOfTexts,
  decodeEntryBundle,
  decodeTile,
  emptyRoot,
  encodeEntryBundle,
  encodeTile,
  hashBytes,
  merkleRoot,
  merkleRootOfRow,
  partialTiles,
  tilePath,
  tileWidth,
  type ReadTile,
  type TileName,
} from '#evidence';
import type { LogFile } from '#tile-store';

/** The log as it grows: its right edge in memory, at most 256 hashes of each level and 256 entries, which are hashed together. */
export interface LogTree {
  readonly size: number;
  append(entry: string): void;
  root(): Uint8Array;
  /** Full tiles and bundles that were completed and are not known to be written. */
  full(): readonly LogFile[];
  /** They are. */
  fullWritten(files: readonly LogFile[]): void;
  /** What a checkpoint of the present size needs beside full ones. */
  partial(): readonly LogFile[];
}

/** A log of that size, its right edge read from its tiles, which may be those of a larger one. @throws TILE_CORRUPT, and what `read` throws */
export async function openLogTree(from: number, read: ReadTile): Promise<LogTree> {
  const levels: Uint8Array[][] = [];
  /** Of the bundle that is not full: what is hashed, and what is not yet. */
  let bundle: Uint8Array[] = [];
  let waiting: string[] = [];
  let size = from;
  let full: LogFile[] = [];
  for (const tile of partialTiles(from)) {
    const bytes = await read(tile);
    if (tile.level === 'entries') bundle = [encodeEntryBundle(decodeEntryBundle(bytes, tile.width))];
    else levels[tile.level] = [...decodeTile(bytes, tile.width)];
  }

  /** @returns the node above */
  function completed(level: number, nodes: readonly Uint8Array[]): Uint8Array {
    const name: TileName = { level, index: size / tileWidth ** (level + 1) - 1, width: tileWidth };
    const bytes = encodeTile(nodes);
    full.push({ path: tilePath(name), bytes });
    if (level === 0) {
      full.push({ path: tilePath({ ...name, level: 'entries' }), bytes: Buffer.concat(bundle) });
      bundle = [];
    }
    return merkleRootOfRow(bytes);
  }

  function settle(): void {
    if (waiting.length === 0) return;
    const { bytes, hashes } = bundleOfTexts(waiting);
    waiting = [];
    bundle.push(bytes);
    for (let at = 0; at < hashes.length; at += hashBytes) put(hashes.subarray(at, at + hashBytes));
  }

  function put(leaf: Uint8Array): void {
    let node = leaf;
    for (let level = 0; ; level++) {
      const nodes = (levels[level] ??= []);
      nodes.push(node);
      if (nodes.length < tileWidth) break;
      node = completed(level, nodes);
      levels[level] = [];
    }
  }

  return {
    get size() {
      return size;
    },
    append(entry) {
      waiting.push(entry);
      size += 1;
      if (size % tileWidth === 0) settle();
    },
    root() {
      settle();
      let root: Uint8Array | undefined;
      for (const nodes of Array.from(levels, (level) => level ?? [])) {
        const all = root === undefined ? nodes : [...nodes, root];
        if (all.length > 0) root = merkleRoot(all);
      }
      return root ?? emptyRoot;
    },
    full: () => [...full],
    fullWritten(files) {
      const written = new Set(files);
      full = full.filter((file) => !written.has(file));
    },
    partial() {
      settle();
      return partialTiles(size).map((tile) => ({
        path: tilePath(tile),
        bytes: tile.level === 'entries' ? Buffer.concat(bundle) : encodeTile(levels[tile.level] ?? []),
      }));
    },
  };
}
