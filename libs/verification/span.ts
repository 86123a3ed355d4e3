import { merkleNodeHash, hashBytes, tileWidth } from '#evidence';
import { alikeLeaves } from './alike-leaves.js';
import type { EventSource, Unreadable } from './event-source.js';
import { subtreeHash } from './hashes.js';
import { stampOf, type Stamp } from './leaf.js';
import { leavesOf, type FileDamage, type Unlike } from './tile-leaves.js';
import type { LogTile } from './tiles.js';
import { openTimes, type Times } from './times.js';

/** Indexes of the log to look at; `from` begins a tile, `to` is exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
  /** Sizes of earlier checkpoints within it, `from` exclusive. */
  readonly sizes: readonly number[];
}

export interface SpanResult {
  readonly span: Span;
  readonly read: number;
  /** Hashes of its full tiles, in a row. */
  readonly tiles: Uint8Array;
  /** Of each size: the hashes of the subtrees of the tile that it ends in, the largest first; nothing where it ends with a tile. */
  readonly ends: readonly { readonly size: number; readonly subtrees: readonly Uint8Array[] }[];
  readonly unlike: readonly Unlike[];
  readonly unreadable: readonly Unreadable[];
  readonly damaged: readonly FileDamage[];
  readonly times: Times;
}

/** Everything that can be said of a span by itself. */
export async function checkSpan(
  span: Span,
  logTiles: AsyncIterable<LogTile>,
  source: Pick<EventSource, 'read' | 'page'>,
): Promise<SpanResult> {
  const times = openTimes(span.to - span.from);
  const full: Uint8Array[] = [];
  const unlike: Unlike[] = [];
  const unreadable: Unreadable[] = [];
  const damaged: FileDamage[] = [];
  const ends: { size: number; subtrees: readonly Uint8Array[] }[] = [];
  for await (const tile of logTiles) {
    const first = tile.n * tileWidth;
    const last = first + tile.width;
    const leaves = alike(tile, first, last) ?? (await compared(tile, first, last));
    for (const size of span.sizes.filter((one) => one > first && one <= last))
      ends.push({ size, subtrees: subtreesOf(leaves, (size - first) % tileWidth) });
    if (tile.width === tileWidth) full.push(subtreeHash(leaves));
  }

  function alike(tile: LogTile, from: number, to: number): Uint8Array | undefined {
    const before = times.count;
    const page = source.page?.(from, to);
    const leaves = page && alikeLeaves(tile, page, times);
    if (leaves === undefined) times.cut(before);
    return leaves;
  }

  async function compared(tile: LogTile, from: number, to: number): Promise<Uint8Array> {
    const found = await source.read(from, to);
    const stamps = found.events.map(({ bytes }) => stampOf(bytes));
    for (const [i, { index }] of found.events.entries()) times.add(index, stamps[i] as Stamp);
    unreadable.push(...found.unreadable);
    return leavesOf(tile, found.events, (i) => (stamps[i] as Stamp).recordedAt, { unlike, damaged });
  }

  return {
    ...{ span, read: times.count, tiles: Buffer.concat(full), ends, unlike, unreadable, damaged },
    times: times.all(),
  };
}

/** The subtrees of the first `count` leaves, the largest first. */
function subtreesOf(leaves: Uint8Array, count: number): readonly Uint8Array[] {
  const subtrees: Uint8Array[] = [];
  let at = 0;
  for (let width = tileWidth / 2; width >= 1; width /= 2) {
    if ((count & width) === 0) continue;
    subtrees.push(Uint8Array.from(subtreeHash(leaves.subarray(at * hashBytes, (at + width) * hashBytes))));
    at += width;
  }
  return subtrees;
}

/** The root over subtrees, the largest first; undefined for none. */
export const rootOver = (subtrees: readonly Uint8Array[]): Uint8Array | undefined =>
  subtrees.length === 0 ? undefined : subtrees.reduceRight((right, left) => merkleNodeHash(left, right));
