import type { MerkleRange } from '#evidence';

/** The greatest whole subtrees that the leaves `[from, to)` of an RFC 6962 tree are made of, the leftmost first; at most 2·log₂ of them. */
export function wholeSubtrees(from: number, to: number): MerkleRange[] {
  const ranges: MerkleRange[] = [];
  for (let at = from; at < to;) {
    let length = 1;
    while (at % (length * 2) === 0 && at + length * 2 <= to) length *= 2;
    ranges.push({ from: at, to: at + length });
    at += length;
  }
  return ranges;
}

type Hash = Uint8Array;

/**
 * The root of a tree from its leaves and from the hashes of whole subtrees, taken from the left to the right: what is held is one
 * hash for each size. RFC 6962 §2.1.
 */
export class CompactRange {
  readonly #join: (left: Hash, right: Hash) => Hash;
  readonly #held: { length: number; hash: Hash }[] = [];
  #size = 0;

  /** @param join hash of an inner node */
  constructor(join: (left: Hash, right: Hash) => Hash) {
    this.#join = join;
  }

  /** Leaves so far. */
  get size(): number {
    return this.#size;
  }

  /** The next leaf, or a whole subtree of the next leaves, as {@link wholeSubtrees} says. */
  append(hash: Hash, length = 1): void {
    this.#size += length;
    let node = { length, hash };
    for (let left = this.#held.at(-1); left?.length === node.length; left = this.#held.at(-1)) {
      this.#held.pop();
      node = { length: node.length * 2, hash: this.#join(left.hash, node.hash) };
    }
    this.#held.push(node);
  }

  /** Undefined for the empty tree. */
  root(): Hash | undefined {
    const [last, ...before] = [...this.#held].reverse();
    return last && before.reduce((right, { hash }) => this.#join(hash, right), last.hash);
  }
}
