import type { Collection } from 'mongodb';
import { DomainError } from '#kernel';
import type { Heads, Head } from './heads.js';
import type { Layout, Row } from './rows.js';

/** A collection as one commit left it: the rows, apart from those that its last batch is still being written to. */
export interface Snapshot {
  readonly rows: Collection<Row>;
  readonly layout: Layout;
  /** By `_id`: what stands in the place of the stored rows. */
  readonly pending: ReadonlyMap<string, Row>;
}

/** Reads as of one commit. */
export interface Snapshots {
  /** @throws COLLECTION_NOT_FOUND */
  read<T>(collection: string, work: (at: Snapshot) => Promise<T>): Promise<T>;
}

/** Commits that may come between before a reader is told to come again, and time for what each try takes long for. */
const [mostTries, longestMs] = [100, 3_000];

const sameCommit = (a: Head, b: Head): boolean =>
  a.rows === b.rows && a.events === b.events && a.position === b.position;

/**
 * Rows outside the last batch do not change until the next one is committed, so what was read between two looks at a head that
 * names the same commit is as of that commit; else it is read again.
 */
export function openSnapshots(heads: Heads): Snapshots {
  return {
    async read(collection, work) {
      let head = heads.known(collection) ?? (await heads.load(collection));
      const until = performance.now() + longestMs;
      for (let tries = 0; tries === 0 || (tries < mostTries && performance.now() < until); tries++) {
        const { answers, batch } = head;
        const pending = new Map((batch?.rows ?? []).map((row) => [row._id, row]));
        const result = await work({ rows: heads.rowsOf(head), layout: answers, pending });
        const now = await heads.load(collection);
        if (sameCommit(head, now)) return result;
        head = now;
      }
      throw new DomainError(
        'unavailable',
        'STORE_BUSY',
        `${collection} changes too fast to be read; try again`,
      );
    },
  };
}
