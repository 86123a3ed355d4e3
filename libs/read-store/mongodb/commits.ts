import { MongoBulkWriteError, type Collection } from 'mongodb';
import { DomainError, type FaultPoint } from '#kernel';
import { checkExpected, checkOrder, leaseLost } from '../checkpoints.js';
import type { Checkpoint, Lease, ReadStore, Write } from '../read-store.js';
import type { Batches, StoredBatch } from './batches.js';
import { checkpointOf, type Head, type Heads } from './heads.js';
import type { Leases } from './leases.js';
import { rowOf, type Row } from './rows.js';
import { openResting, type Resting } from './resting.js';

const duplicateKey = 11000;
/** Others that may come between, again and again, before it is called a conflict. */
const mostTries = 50;
/** So much lies in the head alone while commits follow one another: their rows are written together, each document once. */
const carriedBytes = 2 ** 14;

/**
 * A commit is one update of the head, which holds the batch until each of its rows is written; a small one the next commit of the same
 * writer carries on with its own. Whoever else comes next writes what was left of it, and nothing that is older than a row replaces it.
 */
export function openCommits(heads: Heads, leases: Leases, batches: Batches, reach: FaultPoint) {
  const resting = openResting(putAway);

  const commit: ReadStore['commit'] = async (collection, lease, expected, next, writes) => {
    checkOrder(expected, next);
    let head = heads.known(collection) ?? (await ready(collection, lease, expected));
    for (let tries = 0; tries < mostTries; tries++) {
      const last = resting.take(head, expected);
      const rows = newestOf([...carried(last), ...rowsOf(writes, next.events, head)]);
      // Where there is nothing to write the batch stays as it is.
      const batch = writes.length === 0 ? undefined : await batches.store(rows, head.rows, lease);
      if (await heads.advance(head, lease, { expected, next, batch, rows, last: last?.head.batch })) {
        reach('read-store:mid-commit');
        const isWritten = batch === undefined ? last?.isWritten === true : !isCarried(batch);
        if (batch !== undefined && isWritten) await writeRows(heads.rowsOf(head), rows);
        reach('read-store:after-commit');
        const now = batch ? { rows, stored: batch } : last?.head.batch;
        if (now) resting.add({ head: { ...head, events: next.events, batch: now }, isWritten });
        if (batch && last?.head.batch) await batches.forget(last.head.batch.stored);
        return;
      }
      if (batch) await batches.forget(batch);
      head = await ready(collection, lease, expected);
    }
    throw new DomainError('unavailable', 'STORE_BUSY', `${collection} could not be committed to; try again`);
  };

  /** Why the head could not be moved, or a head that can. */
  async function ready(collection: string, lease: Lease, expected: Checkpoint | undefined): Promise<Head> {
    await checkNewest(collection, lease);
    const head = await heads.load(collection);
    checkExpected(collection, checkpointOf(head), expected);
    await finish(head);
    const { writer } = head;
    if (writer?.name === lease.name && writer.token === lease.token) return { ...head, batch: undefined };
    await heads.claim(head, lease);
    // Whoever took the lease since then has fenced this head, or will find it claimed; one of the two sees the other.
    await checkNewest(collection, lease);
    return heads.load(collection);
  }

  async function checkNewest(collection: string, lease: Lease): Promise<void> {
    if (!(await leases.isNewest(lease))) throw leaseLost(collection);
  }

  /** Writes what is left of the last commit. */
  const finish = async (head: Head): Promise<void> => putAway({ head, isWritten: false });

  async function putAway({ head, isWritten }: Resting): Promise<void> {
    if (head.batch === undefined) return;
    if (!isWritten) await writeRows(heads.rowsOf(head), head.batch.rows);
    reach('read-store:before-clear');
    await heads.clear(head, head.events);
    await batches.forget(head.batch.stored);
  }

  return { commit, finish, settled: () => resting.putAllAway() };
}

const isCarried = ({ bytes }: StoredBatch): boolean => (bytes?.length() ?? Infinity) <= carriedBytes;

/** What a commit owes to the rows that the one before has left in the head. */
const carried = (last: Resting | undefined): readonly Row[] =>
  last === undefined || last.isWritten ? [] : (last.head.batch?.rows ?? []);

const rowsOf = (writes: readonly Write[], events: number, head: Head): readonly Row[] =>
  writes.map((write) => rowOf(write, events, head));

/** The last write of an id decides. */
const newestOf = (rows: readonly Row[]): readonly Row[] => [
  ...new Map(rows.map((row) => [row._id, row])).values(),
];

/** Puts each row in the place of an older one, or of none. Repeated, late or beside another that does the same, it ends the same. */
async function writeRows(collection: Collection<Row>, rows: readonly Row[]): Promise<void> {
  for (let left = rows; left.length > 0;) {
    const operations = left.map(({ _id, r }) => ({
      updateOne: { filter: { _id }, update: { $max: { r } }, upsert: true },
    }));
    const done = collection.bulkWrite(operations, { ordered: false });
    // Another has made the same row at this moment: now it is there.
    const again = await done.then(() => [], refusedAsDuplicates);
    left = again.map((index) => left[index] as Row);
  }
}

/** Indexes of operations that found their id taken. */
function refusedAsDuplicates(error: unknown): number[] {
  const all = error instanceof MongoBulkWriteError ? [error.writeErrors].flat() : [];
  if (all.length === 0 || all.some(({ code }) => code !== duplicateKey)) throw error;
  return all.map(({ index }) => index);
}
