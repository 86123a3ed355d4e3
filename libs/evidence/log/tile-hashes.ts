import { DomainError } from '#kernel';
import { hashBytes, merkleNodeHash, merkleRootOfRow } from './merkle.js';
import { edgeRanges, type MerkleRange } from './merkle-ranges.js';
import { tileRow, tileWidth, widthOf, type TileName } from './tiles.js';

/** The bytes of a tile; for a partial one those of a wider or the full tile do as well. */
export type ReadTile = (name: TileName) => Promise<Uint8Array>;

/**
 * Hashes of subtrees of a log of `size` entries from its tiles; each tile is read once. An entry's proof needs one tile of each level on
 * its way up, and those of the right edge.
 * @throws TILE_CORRUPT, and what `read` throws
 */
export async function rangeHashes(
  ranges: readonly MerkleRange[],
  size: number,
  read: ReadTile,
): Promise<readonly Uint8Array[]> {
  const tiles = new Map<string, Promise<Uint8Array>>();
  const tile = (level: number, index: number): Promise<Uint8Array> => {
    const key = `${level}/${index}`;
    const known = tiles.get(key);
    if (known !== undefined) return known;
    const width = widthOf(level, index, size);
    const reading = read({ level, index, width }).then((bytes) => tileRow(bytes, width));
    tiles.set(key, reading);
    return reading;
  };
  const complete = async ({ from, to }: MerkleRange): Promise<Uint8Array> => {
    const [level, unit] = levelOf(to - from);
    const [first, count] = [from / unit, (to - from) / unit];
    const row = await tile(level, Math.floor(first / tileWidth));
    const at = first % tileWidth;
    return merkleRootOfRow(row.subarray(at * hashBytes, (at + count) * hashBytes));
  };
  return Promise.all(
    ranges.map(async (range) => {
      if (range.to > size) throw new DomainError('invalid', 'PROOF_OUTSIDE', `the log has ${size} entries`);
      const parts = await Promise.all(edgeRanges(range).map(complete));
      return parts.reduceRight((right, left) => merkleNodeHash(left, right));
    }),
  );
}

/** On which level of tiles the nodes are that make up a complete subtree, and how many entries one of them spans. */
function levelOf(length: number): readonly [level: number, unit: number] {
  let [level, unit] = [0, 1];
  while (length >= unit * tileWidth) [level, unit] = [level + 1, unit * tileWidth];
  return [level, unit];
}
