import { emptyRoot, hashBytes, merkleNodeHash } from './merkle.js';

/** Whether an entry with this leaf hash is at `index` of the tree (RFC 9162 §2.1.3.2). Never throws: a wrong proof is `false`. */
export function verifyInclusion(
  leafHash: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isCount(index) || !isCount(size) || index >= size || !areHashes([leafHash, root, ...proof]))
    return false;
  let [node, last] = [index, size - 1];
  let hash = leafHash;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = merkleNodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else hash = merkleNodeHash(hash, sibling);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && same(hash, root);
}

/** Whether the later tree begins with the earlier one (RFC 9162 §2.1.4.2). Never throws. */
export function verifyConsistency(
  earlier: { readonly size: number; readonly root: Uint8Array },
  later: { readonly size: number; readonly root: Uint8Array },
  proof: readonly Uint8Array[],
): boolean {
  if (!isCount(earlier.size) || !isCount(later.size) || earlier.size > later.size) return false;
  if (!areHashes([earlier.root, later.root, ...proof])) return false;
  if (later.size === 0 && !same(later.root, emptyRoot)) return false;
  if (earlier.size === 0) return proof.length === 0 && same(earlier.root, emptyRoot);
  if (earlier.size === later.size) return proof.length === 0 && same(earlier.root, later.root);
  let [node, last] = [earlier.size - 1, later.size - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  // An earlier tree that is one complete subtree is its own first hash and is not sent.
  const [first, ...rest] = node === 0 ? [earlier.root, ...proof] : proof;
  if (first === undefined) return false;
  let [before, after] = [first, first];
  for (const hash of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      before = merkleNodeHash(hash, before);
      after = merkleNodeHash(hash, after);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else after = merkleNodeHash(after, hash);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && same(before, earlier.root) && same(after, later.root);
}

const half = (value: number): number => Math.floor(value / 2);
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const areHashes = (hashes: readonly Uint8Array[]): boolean =>
  hashes.length <= 130 && hashes.every(({ length }) => length === hashBytes);
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
