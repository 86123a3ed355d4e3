import { hash } from 'node:crypto';

/**
 * The Merkle tree of RFC 6962 §2.1 over SHA-256. Hashes are 32 bytes. Sizes and indexes are safe integers: 2^53 − 1 entries are more than
 * any log holds.
 */
export const hashBytes = 32;

const leafPrefix = Buffer.of(0);
/** The prefix of a node and room for two hashes: there is a node for each leaf, and none needs a buffer of its own. */
const node = Buffer.alloc(1 + 2 * hashBytes, 1);

/** As a text of 32 characters first: a buffer that the engine makes for each hash takes twice as long as the hash. */
const sha256 = (bytes: Uint8Array): Uint8Array => Buffer.from(hash('sha256', bytes, 'latin1'), 'latin1');

/** MTH of nothing. */
export const emptyRoot: Uint8Array = sha256(new Uint8Array());

export const merkleLeafHash = (entry: Uint8Array): Uint8Array => sha256(Buffer.concat([leafPrefix, entry]));

export function merkleNodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  node.set(left, 1);
  node.set(right, 1 + hashBytes);
  return sha256(node);
}

/**
 * MTH of leaf hashes; or of subtrees of one complete size, the last of which may be ragged, which comes to the same.
 */
export function merkleRoot(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return emptyRoot;
  let level = hashes;
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i + 1 < level.length; i += 2)
      above.push(merkleNodeHash(level[i] as Uint8Array, level[i + 1] as Uint8Array));
    if (level.length % 2 === 1) above.push(level.at(-1) as Uint8Array);
    level = above;
  }
  return level[0] as Uint8Array;
}

/** A node by words, its prefix the last byte of the first: hashes are copied as numbers, since a call for each takes longer. */
const nodeWords = new Int32Array(1 + (2 * hashBytes) / 4);
const nodeOfWords = Buffer.from(nodeWords.buffer, 3);
nodeOfWords[0] = 1;

/** The same of leaf hashes, or hashes of complete subtrees, that lie in a row, a power of two of them. */
export function merkleRootOfRow(hashes: Uint8Array): Uint8Array {
  const words = new Int32Array(new Uint8Array(hashes).buffer);
  const bytes = Buffer.from(words.buffer);
  for (let count = bytes.length / hashBytes; count > 1; count /= 2)
    for (let i = 0; i < count / 2; i++) {
      for (let word = 0; word < 16; word++) nodeWords[1 + word] = words[16 * i + word] as number;
      bytes.write(hash('sha256', nodeOfWords, 'latin1'), i * hashBytes, 'latin1');
    }
  return new Uint8Array(bytes.subarray(0, hashBytes));
}

/** A tree that only grows and keeps no more than its right edge: at most 53 hashes. */
export interface MerkleFrontier {
  readonly size: number;
  /** The next leaf, or the complete subtree of so many next leaves, as {@link edgeRanges} says. */
  append(hash: Uint8Array, leaves?: number): void;
  /** The complete subtrees of what was appended so far, largest first. */
  edge(): readonly Uint8Array[];
  /** Of what was appended so far. */
  root(): Uint8Array;
}

/** @param edge the complete subtrees of a tree of that size, largest first: `edgeRanges(size)` */
export function openFrontier(size = 0, edge: readonly Uint8Array[] = []): MerkleFrontier {
  const complete = [...edge];
  let count = size;
  return {
    get size() {
      return count;
    },
    append(added, leaves = 1) {
      let subtree = added;
      for (let rest = count / leaves; rest % 2 === 1; rest = (rest - 1) / 2)
        subtree = merkleNodeHash(complete.pop() as Uint8Array, subtree);
      complete.push(subtree);
      count += leaves;
    },
    edge: () => [...complete],
    root() {
      if (count === 0) return emptyRoot;
      return complete.reduceRight((right, left) => merkleNodeHash(left, right));
    },
  };
}
