import { openStreamFilter } from './stream-filter.js';

/** Streams whose end is remembered; all are forgotten together. */
const keptStreams = 20_000;

/** Names of some streams in the order in which they came to be, and where to go on; no names at the end. */
export type ReadNames = (
  after: number,
) => Promise<{ readonly names: readonly string[]; readonly last: number }>;

/**
 * Where streams end, as far as this process knows: it alone appends, so whoever asks for what comes after the end is
 * answered without a read. −1 for a stream that is not there.
 */
export interface Ends {
  /** False when there may be more; true is certain. */
  isBeyond(stream: string, from: number): boolean;
  set(stream: string, revision: number): void;
}

/** @param readNames asked for all of them when somebody has looked for a stream that is not there: what is new is looked for first */
export function openEnds(readNames: ReadNames): Ends {
  const ends = new Map<string, number>();
  const there = openStreamFilter();
  let knowsAll = false;
  let learning: Promise<void> | undefined;

  /** What is appended meanwhile is told by `set`. */
  async function learn(): Promise<void> {
    for (let after = 0; !knowsAll;) {
      const { names, last } = await readNames(after);
      for (const name of names) there.add(name);
      knowsAll = names.length === 0;
      after = last;
    }
  }

  const endOf = (stream: string): number =>
    ends.get(stream) ?? (knowsAll && !there.mayHold(stream) ? -1 : Infinity);

  return {
    isBeyond: (stream, from) => from > endOf(stream),
    set(stream, revision) {
      if (ends.size >= keptStreams) ends.clear();
      ends.set(stream, revision);
      if (revision >= 0) there.add(stream);
      else learning ??= learn().catch(() => (learning = undefined));
    },
  };
}
