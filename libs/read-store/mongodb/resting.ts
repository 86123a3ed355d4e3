import type { Checkpoint } from '../read-store.js';
import type { Head } from './heads.js';

/**
 * A batch may rest in its head until the next commit, which carries it on or replaces it; the last one's is put away after so long. A small
 * one may lie there: whoever reads has little more to read.
 */
const [restMs, restSmallMs, smallBytes] = [20, 1000, 2 ** 16];

/** A head whose batch is the last that this process has committed. */
export interface Resting {
  readonly head: Head;
  /** Whether all of the batch is in the rows. */
  readonly isWritten: boolean;
}

/** Batches that are still in their heads. */
export interface RestingBatches {
  add(resting: Resting): void;
  /** That of a checkpoint, when it rests here: the next commit sees to it. */
  take(head: Head, checkpoint: Checkpoint | undefined): Resting | undefined;
  putAllAway(): Promise<void>;
}

export function openResting(putAway: (resting: Resting) => Promise<void>): RestingBatches {
  const heads = new Map<string, Resting & { readonly timer: NodeJS.Timeout }>();
  const leaving = new Set<Promise<void>>();

  function putAwayNow(resting: Resting): void {
    heads.delete(resting.head._id);
    // The next commit does it if this fails.
    const done = putAway(resting).catch(() => undefined);
    leaving.add(done);
    void done.then(() => leaving.delete(done));
  }

  return {
    add(resting) {
      const { _id, batch } = resting.head;
      clearTimeout(heads.get(_id)?.timer);
      const isSmall = (batch?.stored.bytes?.length() ?? Infinity) <= smallBytes;
      const timer = setTimeout(() => putAwayNow(resting), isSmall ? restSmallMs : restMs).unref();
      heads.set(_id, { ...resting, timer });
    },
    take({ _id, rows }, checkpoint) {
      const last = heads.get(_id);
      if (last?.head.rows !== rows || last.head.events !== checkpoint?.events) return undefined;
      clearTimeout(last.timer);
      heads.delete(_id);
      return last;
    },
    async putAllAway() {
      for (const { timer, ...resting } of heads.values()) {
        clearTimeout(timer);
        putAwayNow(resting);
      }
      await Promise.all(leaving);
    },
  };
}
