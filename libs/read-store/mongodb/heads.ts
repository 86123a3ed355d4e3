import type { Collection, Db } from 'mongodb';
import { DomainError } from '#kernel';
import { collectionNotFound } from '../checkpoints.js';
import type { Checkpoint, Lease } from '../read-store.js';
import type { Batches, StoredBatch } from './batches.js';
import { movesTogether } from './moves.js';
import type { Layout, Row } from './rows.js';

/** What this release writes; a store of a higher one is left alone. */
export const storeFormat = 1;

/** All that changes at once in a collection: what a commit replaces in this one document, everybody sees together. */
export interface StoredHead extends Layout {
  readonly _id: string;
  readonly format: number;
  /** The collection of rows, another one each time the collection is made: a late write to what was dropped meets nobody. */
  readonly rows: string;
  /** Counts changes of what is taken out of documents. */
  readonly layout: number;
  /** Fields that every row has keys of. */
  readonly answers: Layout;
  /** The only lease that may move the checkpoint. */
  readonly writer: { readonly name: string; readonly token: number } | null;
  readonly position: string | null;
  readonly events: number;
  /** The last commit's writes until every one of them is in the rows. */
  readonly batch: StoredBatch | null;
}

export interface Head extends Omit<StoredHead, 'batch'> {
  readonly batch: { readonly rows: readonly Row[]; readonly stored: StoredBatch } | undefined;
}

/** The last commit's writes. */
type Batch = NonNullable<Head['batch']>;

/** What a commit makes of a head. */
export interface Advance {
  readonly expected: Checkpoint | undefined;
  readonly next: Checkpoint;
  /** What the head is to hold from now on, and the rows of it; undefined for what it holds already. */
  readonly batch: StoredBatch | undefined;
  readonly rows: readonly Row[];
  /** The batch of `expected` where this process knows it: in the rows, forgotten or not, or carried on in this one. */
  readonly last: Batch | undefined;
}

export interface Heads {
  /** As it was when it was last seen here. */
  known(collection: string): Head | undefined;
  find(collection: string): Promise<Head | undefined>;
  /** Without the batch, which may be large. @throws STORE_NEWER */
  checkpoint(collection: string): Promise<Checkpoint | undefined>;
  /** @throws COLLECTION_NOT_FOUND, STORE_NEWER */
  load(collection: string): Promise<Head>;
  rowsOf(head: Pick<Head, 'rows'>): Collection<Row>;
  /** The commit itself; false when anything about the head is not as expected, a batch that is not written yet included. */
  advance(head: Head, lease: Lease, advance: Advance): Promise<boolean>;
  /** After a batch is in the rows. */
  clear(head: Pick<Head, '_id' | 'rows'>, events: number): Promise<void>;
  /** Makes the lease the one that may move the checkpoint, unless another did so since the head was seen. */
  claim(head: Head, lease: Lease): Promise<void>;
  /** No older token of this lease moves a checkpoint any more; what its holders have not committed is forgotten. */
  fence(lease: Lease): Promise<void>;
}

export const checkpointOf = ({ position, events }: StoredHead | Head): Checkpoint | undefined =>
  position === null ? undefined : { position, events };

export function openHeads(db: Db, batches: Batches): Heads {
  const heads = db.collection<StoredHead>('_heads');
  const seen = new Map<string, Head>();

  /** Of the last commit; parts are fetched once. */
  async function rowsLeft({ _id, rows, events, batch }: StoredHead): Promise<readonly Row[] | undefined> {
    const before = seen.get(_id);
    if (batch === null) return [];
    const known = before?.rows === rows && before.events === events ? before.batch?.rows : undefined;
    return known ?? batches.load(batch);
  }

  async function find(collection: string): Promise<Head | undefined> {
    for (;;) {
      const stored = await heads.findOne({ _id: collection });
      if (stored === null) {
        seen.delete(collection);
        return undefined;
      }
      checkFormat(stored.format);
      const rows = await rowsLeft(stored);
      // Parts that are gone belong to a batch that has been written meanwhile.
      if (rows === undefined) continue;
      const head = { ...stored, batch: stored.batch === null ? undefined : { rows, stored: stored.batch } };
      seen.set(collection, head);
      return head;
    }
  }

  const at = ({ _id, rows, layout }: Head) => ({ _id, rows, layout });
  const move = movesTogether(heads);

  return {
    known: (collection) => seen.get(collection),
    find,
    async checkpoint(collection) {
      const stored = await heads.findOne({ _id: collection }, { projection: { batch: 0 } });
      if (stored === null) return undefined;
      checkFormat(stored.format);
      return checkpointOf(stored);
    },
    async load(collection) {
      const head = await find(collection);
      if (head !== undefined) return head;
      throw collectionNotFound(collection);
    },
    rowsOf: ({ rows }) => db.collection<Row>(rows),

    async advance(head, { name, token }, { expected, next: { position, events }, batch, rows, last }) {
      const filter = {
        ...at(head),
        'writer.name': name,
        'writer.token': token,
        position: expected?.position ?? null,
        events: expected?.events ?? 0,
        ...(last ? {} : { batch: null }),
      };
      const moved = { position, events, ...(batch ? { batch } : {}) };
      if (!(await move(filter, moved))) return false;
      const now = batch ? { rows, stored: batch } : last;
      seen.set(head._id, { ...head, writer: { name, token }, position, events, batch: now });
      return true;
    },

    async clear({ _id, rows }, events) {
      await heads.updateOne({ _id, rows, events }, { $set: { batch: null } });
      const head = seen.get(_id);
      if (head?.rows === rows && head.events === events) seen.set(_id, { ...head, batch: undefined });
    },

    async claim(head, { name, token }) {
      const { writer } = head;
      const before =
        writer === null ? { writer } : { 'writer.name': writer.name, 'writer.token': writer.token };
      await heads.updateOne({ ...at(head), ...before }, { $set: { writer: { name, token } } });
    },

    async fence({ name, token }) {
      await heads.updateMany(
        { 'writer.name': name, 'writer.token': { $lt: token } },
        { $set: { 'writer.token': token } },
      );
      const busy = await heads.find({ batch: { $ne: null } }, { projection: { batch: 1 } }).toArray();
      await batches.forgetOlder(
        { name, token },
        busy.flatMap(({ batch }) => batch ?? []),
      );
    },
  };
}

/** @throws STORE_NEWER */
export function checkFormat(format: number): void {
  if (format <= storeFormat) return;
  const message = `the read store was written by a newer release (format ${format}, this one knows ${storeFormat}); start that one`;
  throw new DomainError('integrity', 'STORE_NEWER', message);
}
