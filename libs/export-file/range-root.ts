import { hash } from 'node:crypto';
import { edgeRanges, hashBytes, merkleRootOfRow, openFrontier, tileWidth } from '#evidence';
import type { ExportRange } from './manifest.js';

/** The root of the log from the leaves of a range, given one by one, and the hashes that stand for what is before and after. */
export interface RangeRoot {
  /** The next leaf, by its exact text. */
  leaf(text: string): void;
  /** Hex; undefined when the range was not filled, or there are more or fewer hashes than there must be. */
  root(): string | undefined;
}

export function openRangeRoot({ first, end, left, right }: ExportRange, logSize: number): RangeRoot {
  const [before, after] = [
    edgeRanges({ from: 0, to: Number(first) }),
    edgeRanges({ from: Number(end), to: logSize }),
  ];
  const sound =
    Number(first) <= Number(end) &&
    Number(end) <= logSize &&
    left.length === before.length &&
    right.length === after.length;
  const tree = openFrontier();
  if (sound)
    before.forEach(({ from, to }, i) => tree.append(Buffer.from(left[i] as string, 'hex'), to - from));
  /** Of leaves that make a subtree of this size together, or else go into the tree one by one. */
  const row = Buffer.alloc(tileWidth * hashBytes);
  let held = 0;
  function settle(): void {
    if (held === tileWidth) tree.append(merkleRootOfRow(row), tileWidth);
    else
      for (let i = 0; i < held; i++)
        tree.append(Buffer.from(row.subarray(i * hashBytes, (i + 1) * hashBytes)));
    held = 0;
  }
  return {
    leaf(text) {
      if (!sound || tree.size + held >= Number(end)) return;
      row.write(hash('sha256', `\0${text}`, 'latin1'), hashBytes * held++, 'latin1');
      if (held === tileWidth || tree.size % tileWidth !== 0) settle();
    },
    root() {
      settle();
      if (!sound || tree.size !== Number(end)) return undefined;
      after.forEach(({ from, to }, i) => tree.append(Buffer.from(right[i] as string, 'hex'), to - from));
      return tree.size === 0 ? undefined : Buffer.from(tree.root()).toString('hex');
    },
  };
}
