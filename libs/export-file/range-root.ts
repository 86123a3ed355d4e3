import { hash } from 'node:crypto';
import { CompactRange, wholeSubtrees } from './compact-range.js';
import type { ExportRange } from './manifest.js';

/** The root of the log from the leaves of a range, given one by one, and the hashes that stand for what is before and after. */
export interface RangeRoot {
  /** The next leaf, by its exact text. */
  leaf(text: string): void;
  /** Hex; undefined when the range was not filled, or there are more or fewer hashes than there must be. */
  root(): string | undefined;
}

export function openRangeRoot({ first, end, left, right }: ExportRange, logSize: number): RangeRoot {
  const [before, after] = [wholeSubtrees(0, Number(first)), wholeSubtrees(Number(end), logSize)];
  const sound =
    Number(first) <= Number(end) &&
    Number(end) <= logSize &&
    left.length === before.length &&
    right.length === after.length;
  const tree = new CompactRange(joinedHash);
  if (sound)
    before.forEach(({ from, to }, i) => tree.append(Buffer.from(left[i] as string, 'hex'), to - from));
  return {
    leaf(text) {
      if (sound && tree.size < Number(end)) tree.append(hash('sha256', `\0${text}`, 'buffer'));
    },
    root() {
      if (!sound || tree.size !== Number(end)) return undefined;
      after.forEach(({ from, to }, i) => tree.append(Buffer.from(right[i] as string, 'hex'), to - from));
      const root = tree.root();
      return root && Buffer.from(root).toString('hex');
    },
  };
}

/** Hash of an inner node (RFC 6962 §2.1): `merkleNodeHash`, into which two hashes are copied rather than joined, for there is one for each leaf. */
function joinedHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  node.set(left, 1);
  node.set(right, 33);
  return hash('sha256', node, 'buffer');
}

const node = Buffer.alloc(65, 1);
