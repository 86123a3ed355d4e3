/** Streams remembered; all are forgotten together. */
const keptStreams = 20_000;

/**
 * Where streams end, as far as this process knows: it alone appends, so whoever asks for what comes after the end is
 * answered without a read. −1 for a stream that is not there.
 */
export interface Ends {
  /** False when there may be more; true is certain. */
  isBeyond(stream: string, from: number): boolean;
  set(stream: string, revision: number): void;
}

export function openEnds(): Ends {
  const ends = new Map<string, number>();
  return {
    isBeyond: (stream, from) => from > (ends.get(stream) ?? Infinity),
    set(stream, revision) {
      if (ends.size >= keptStreams) ends.clear();
      ends.set(stream, revision);
    },
  };
}
