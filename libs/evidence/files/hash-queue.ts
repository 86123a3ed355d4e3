import type { ToHash } from './read-digest.js';

/** Hashed on the caller's thread between two turns of its loop: about two milliseconds. */
export const turnBytes = 2 * 1024 * 1024;
/** A thread takes as long to start as this takes to hash. */
export const threadBytes = 16 * 1024 * 1024;
const largestPortionBytes = 16 * 1024 * 1024;
/** What opening a file costs, beside its bytes. */
export const costOf = ({ sizeBytes }: Pick<ToHash, 'sizeBytes'>): number => sizeBytes + 16 * 1024;

/** What is left to hash, as indexes of the files. */
export interface HashQueue {
  /** How many work at it; more would cost more than they hash. */
  readonly lanes: number;
  /** Some for the caller's own thread, which leaves large files to others when there are any; none: nothing left for it. */
  here(): readonly number[];
  /** Some for another thread: large files one by one and first, so that all end together; of small ones fewer and fewer. */
  there(): readonly number[];
  isEmpty(): boolean;
  clear(): void;
}

export function openHashQueue(files: readonly ToHash[], threads: number): HashQueue {
  const total = files.reduce((sum, file) => sum + costOf(file), 0);
  const alone = total <= threadBytes;
  const isLarge = (file: ToHash) => !alone && file.sizeBytes > turnBytes;
  const costAt = (index: number) => costOf(files[index] as ToHash);
  const all = [...files.keys()];
  let large = all.filter((i) => isLarge(files[i] as ToHash)).sort((a, b) => costAt(b) - costAt(a));
  let small = all.filter((i) => !isLarge(files[i] as ToHash));
  let next = 0;
  let smallLeft = small.reduce((sum, i) => sum + costAt(i), 0);
  const parts = large.length + Math.ceil(smallLeft / threadBytes);
  const lanes = Math.max(1, Math.min(threads, alone ? 1 : parts));

  const takeSmall = (mostBytes: number): number[] => {
    const from = next;
    for (let bytes = 0; next < small.length; next++) {
      const cost = costAt(small[next] as number);
      bytes += cost;
      if (next > from && bytes > mostBytes) break;
      smallLeft -= cost;
    }
    return small.slice(from, next);
  };
  return {
    lanes,
    here: () => takeSmall(turnBytes),
    there() {
      const one = large.shift();
      if (one !== undefined) return [one];
      return takeSmall(Math.min(largestPortionBytes, Math.max(turnBytes, smallLeft / (2 * lanes))));
    },
    isEmpty: () => large.length === 0 && next >= small.length,
    clear() {
      [large, small] = [[], []];
    },
  };
}
