/** Where two byte streams part ways. */
export type Parting = {
  /** Of the first byte that differs, from 0. */
  readonly offset: number;
  /** Lines before it. */
  readonly lines: number;
  /** Records of a CSV before it: line ends inside quotes do not end one. */
  readonly records: number;
  /** Each side from the beginning of the line or record on, at most {@link windowBytes}; empty where it has ended. */
  readonly a: Uint8Array;
  readonly b: Uint8Array;
  /** Whether the windows begin where the line, or record, does. */
  readonly fromStart: boolean;
  /** The first record, without its end; undefined when it is longer than the window. */
  readonly header?: Uint8Array;
};

export const windowBytes = 16 * 1024;
const [lf, quote] = [10, 34];

/**
 * Reads both streams side by side up to the first difference, in flat memory; `mostBytes` bounds what is looked at.
 * @param asRecords windows begin with CSV records instead of lines
 * @returns undefined when the streams are the same as far as was looked
 */
export async function findParting(
  a: AsyncIterable<Uint8Array>,
  b: AsyncIterable<Uint8Array>,
  { asRecords, mostBytes }: { readonly asRecords: boolean; readonly mostBytes: number },
): Promise<Parting | undefined> {
  const [left, right] = [openReader(a), openReader(b)];
  const seen = openCounter(asRecords);
  try {
    while (seen.offset() < mostBytes) {
      const [x, y] = await Promise.all([left.peek(), right.peek()]);
      const most = Math.min(x.length, y.length);
      const same = commonLength(x, y, most);
      seen.pass(x.subarray(0, same));
      left.skip(same);
      right.skip(same);
      if (same === most && most > 0) continue;
      if (x.length === 0 && y.length === 0) return undefined;
      const { start, ...place } = seen.place();
      const rest = await Promise.all([left.take(windowBytes), right.take(windowBytes)]);
      const [windowA, windowB] = rest.map((bytes) => join(start, bytes).subarray(0, windowBytes));
      return { ...place, a: windowA as Uint8Array, b: windowB as Uint8Array };
    }
    return undefined;
  } finally {
    await Promise.all([left.end(), right.end()]);
  }
}

function commonLength(x: Uint8Array, y: Uint8Array, most: number): number {
  let same = 0;
  while (same < most && x[same] === y[same]) same++;
  return same;
}

/** Counts lines and records of what was the same on both sides, and keeps the line or record that is not over yet. */
function openCounter(asRecords: boolean) {
  let [offset, lines, records] = [0, 0, 0];
  let quoted = false;
  let start: Uint8Array = new Uint8Array();
  let fromStart = true;
  let header: Uint8Array | undefined;
  return {
    offset: () => offset,
    pass(bytes: Uint8Array): void {
      let begin = 0;
      for (let i = 0; i < bytes.length; i++) {
        if (bytes[i] === quote) quoted = !quoted;
        if (bytes[i] !== lf) continue;
        lines++;
        if (!quoted) records++;
        if (asRecords && quoted) continue;
        if (records === 1 && header === undefined && fromStart)
          header = join(start, bytes.subarray(begin, i)).slice();
        [start, fromStart, begin] = [new Uint8Array(), true, i + 1];
      }
      offset += bytes.length;
      start = join(start, bytes.subarray(begin));
      if (start.length <= windowBytes / 2) return;
      // A line without an end: what counts is near the difference.
      start = start.slice(-windowBytes / 4);
      fromStart = false;
    },
    place: () => ({ offset, lines, records, start, fromStart, ...(header ? { header } : {}) }),
  };
}

function openReader(source: AsyncIterable<Uint8Array>) {
  const iterator = source[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array();
  let ended = false;
  async function more(): Promise<boolean> {
    const { done, value } = ended ? { done: true as const, value: undefined } : await iterator.next();
    if (done) ended = true;
    else held = join(held, value);
    return !ended;
  }
  return {
    async peek(): Promise<Uint8Array> {
      while (held.length === 0 && (await more()));
      return held;
    },
    skip: (count: number) => void (held = held.subarray(count)),
    async take(count: number): Promise<Uint8Array> {
      while (held.length < count && (await more()));
      return held.subarray(0, count);
    },
    end: async () => void (await iterator.return?.()),
  };
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
