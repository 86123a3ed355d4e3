import { DomainError } from '#kernel';
import { merkleRoot } from './merkle.js';

/** A subtree of a log by its entries: MTH(D[from:to]); `to` is exclusive. */
export interface MerkleRange {
  readonly from: number;
  readonly to: number;
}

/** Which subtrees' hashes are the inclusion proof of an entry, its sibling first (RFC 6962 §2.1.1). @throws PROOF_OUTSIDE */
export function inclusionRanges(index: number, size: number): readonly MerkleRange[] {
  if (!isCount(index) || !isCount(size) || index >= size)
    throw outside(`entry ${index} is not in a log of ${size} entries`);
  const path: MerkleRange[] = [];
  for (let [from, to] = [0, size]; to - from > 1;) {
    const middle = from + splitOf(to - from);
    path.push(index < middle ? { from: middle, to } : { from, to: middle });
    [from, to] = index < middle ? [from, middle] : [middle, to];
  }
  return path.reverse();
}

/** Which subtrees' hashes are the consistency proof between two sizes (RFC 6962 §2.1.2); none when one is 0 or both are equal. @throws PROOF_OUTSIDE */
export function consistencyRanges(earlier: number, later: number): readonly MerkleRange[] {
  if (!isCount(earlier) || !isCount(later) || earlier > later)
    throw outside(`a log of ${later} entries was not one of ${earlier} before`);
  if (earlier === 0 || earlier === later) return [];
  const path: MerkleRange[] = [];
  let [from, to] = [0, later];
  while (earlier !== to) {
    const middle = from + splitOf(to - from);
    path.push(earlier <= middle ? { from: middle, to } : { from, to: middle });
    [from, to] = earlier <= middle ? [from, middle] : [middle, to];
  }
  if (from > 0) path.push({ from, to });
  return path.reverse();
}

/** The greatest complete subtrees that a range is made of, leftmost first: at most two for each bit of its end. */
export function edgeRanges({ from, to }: MerkleRange): readonly MerkleRange[] {
  const ranges: MerkleRange[] = [];
  for (let at = from; at < to;) {
    let length = 1;
    while (at % (length * 2) === 0 && at + length * 2 <= to) length *= 2;
    ranges.push({ from: at, to: at + length });
    at += length;
  }
  return ranges;
}

/** For trees whose leaf hashes are at hand. */
export const inclusionProof = (leafHashes: readonly Uint8Array[], index: number): readonly Uint8Array[] =>
  inclusionRanges(index, leafHashes.length).map(({ from, to }) => merkleRoot(leafHashes.slice(from, to)));

export const consistencyProof = (leafHashes: readonly Uint8Array[], earlier: number): readonly Uint8Array[] =>
  consistencyRanges(earlier, leafHashes.length).map(({ from, to }) => merkleRoot(leafHashes.slice(from, to)));

/** The greatest power of two below `size`, which is at least 2. */
function splitOf(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

const outside = (message: string): DomainError => new DomainError('invalid', 'PROOF_OUTSIDE', message);
