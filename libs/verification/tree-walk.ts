import { hashBytes, openFrontier, tilePath, tileWidth } from '#evidence';
import type { Finding } from './findings.js';
import { hashAt, subtreeHash } from './hashes.js';
import type { LogFiles } from './log-files.js';
import { rootOver, type SpanResult } from './span.js';

/** Grows the tree from the hashes of its tiles, and looks at the tiles above them. */
export interface TreeWalk {
  add(result: SpanResult): Promise<void>;
  /** Tiles that are not full yet. */
  end(): Promise<void>;
  /** Of a size that a span named, once it was added; undefined before. */
  rootAt(size: number): Uint8Array | undefined;
}

export function walkTree(files: LogFiles, tell: (finding: Finding) => void): TreeWalk {
  /** Its leaves are whole tiles. */
  const complete = openFrontier();
  const roots = new Map<number, Uint8Array>();
  /** Of level 1 and above: the hashes that are not in a full tile yet, and the number of that tile. */
  const levels: { n: number; hashes: Uint8Array[] }[] = [];

  async function pushTo(level: number, hash: Uint8Array): Promise<void> {
    const here = (levels[level - 1] ??= { n: 0, hashes: [] });
    here.hashes.push(hash);
    if (here.hashes.length < tileWidth) return;
    const bytes = Buffer.concat(here.hashes);
    await compare(level, here.n, bytes);
    levels[level - 1] = { n: here.n + 1, hashes: [] };
    await pushTo(level + 1, subtreeHash(bytes));
  }

  async function compare(level: number, n: number, bytes: Buffer): Promise<void> {
    const width = bytes.length / hashBytes;
    const file = tilePath({ level, index: n, width });
    const full =
      width < tileWidth ? await files.read(tilePath({ level, index: n, width: tileWidth })) : undefined;
    const found = (await files.read(file)) ?? full?.subarray(0, bytes.length);
    if (found === undefined) tell({ code: 'LOG_FILE_MISSING', file, message: 'the tile is not there' });
    else if (Buffer.compare(found, bytes) !== 0)
      tell({ code: 'LOG_FILE_CHANGED', file, message: 'its hashes are not those of the tiles below' });
  }

  return {
    async add({ span, tiles, ends }) {
      const sizes = new Map(ends.map(({ size, subtrees }) => [size, subtrees]));
      const note = (size: number, subtrees: readonly Uint8Array[]) => {
        const root = rootOver([...complete.edge(), ...subtrees]);
        if (root !== undefined) roots.set(size, root);
      };
      for (let at = span.from, i = 0; at < span.to; at += tileWidth, i++) {
        for (const [size, subtrees] of sizes) if (size > at && size < at + tileWidth) note(size, subtrees);
        if (i * hashBytes >= tiles.length) break;
        const hash = Uint8Array.from(hashAt(tiles, i));
        complete.append(hash);
        await pushTo(1, hash);
        if (sizes.has(at + tileWidth)) note(at + tileWidth, []);
      }
    },
    async end() {
      for (const [i, { n, hashes }] of levels.entries())
        if (hashes.length > 0) await compare(i + 1, n, Buffer.concat(hashes));
    },
    rootAt: (size) => roots.get(size),
  };
}
