import type { Checkpoint } from '../read-store.js';
import type { StoredBatch } from './batches.js';
import type { Head } from './heads.js';

/**
 * While commits follow one another, each replaces the batch of the one before; the last one's is forgotten after so long. A small one may lie
 * there: whoever reads has little more to read.
 */
const [restMs, restSmallMs, smallBytes] = [20, 1000, 2 ** 16];

const restOf = (batch: StoredBatch | undefined): number =>
  batch?.bytes && batch.bytes.length() <= smallBytes ? restSmallMs : restMs;

/** Batches that are in the rows, and still in their heads. */
export interface Written {
  add(head: Head): void;
  /** The batch of a checkpoint, when it is one: the next commit may replace it. */
  take(head: Head, checkpoint: Checkpoint | undefined): StoredBatch | undefined;
  forgetAll(): Promise<void>;
}

export function openWritten(forget: (head: Head) => Promise<void>): Written {
  const heads = new Map<string, { readonly head: Head; readonly timer: NodeJS.Timeout }>();
  const forgetting = new Set<Promise<void>>();

  function forgetNow(head: Head): void {
    heads.delete(head._id);
    // The next commit does it if this fails.
    const done = forget(head).catch(() => undefined);
    forgetting.add(done);
    void done.then(() => forgetting.delete(done));
  }

  return {
    add(head) {
      clearTimeout(heads.get(head._id)?.timer);
      const timer = setTimeout(() => forgetNow(head), restOf(head.batch?.stored)).unref();
      heads.set(head._id, { head, timer });
    },
    take({ _id, rows }, checkpoint) {
      const last = heads.get(_id);
      if (last?.head.rows !== rows || last.head.events !== checkpoint?.events) return undefined;
      clearTimeout(last.timer);
      heads.delete(_id);
      return last.head.batch?.stored;
    },
    async forgetAll() {
      for (const { head, timer } of heads.values()) {
        clearTimeout(timer);
        forgetNow(head);
      }
      await Promise.all(forgetting);
    },
  };
}
