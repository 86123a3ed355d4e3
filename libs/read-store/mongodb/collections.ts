import { randomBytes } from 'node:crypto';
import type { Db, IndexDescription } from 'mongodb';
import { checkCollection, fieldsOf, isWide } from '../names.js';
import { leaseLost } from '../checkpoints.js';
import type { CollectionSpec, FieldPath, Lease } from '../read-store.js';
import type { Batches } from './batches.js';
import { isDuplicate } from './errors.js';
import { storeFormat, type Head, type Heads, type StoredHead } from './heads.js';
import type { Leases } from './leases.js';
import { documentOf, keyName, keysToAdd, onlyText, wideName, type Layout, type Row } from './rows.js';

export interface Collections {
  ensure(spec: CollectionSpec): Promise<void>;
  drop(name: string, lease?: Lease): Promise<void>;
  names(): Promise<string[]>;
}

const prefix = 'view.';
/** The server forgets traces of removed documents after so long; no write is late by as much. */
const rememberRemovedSeconds = 7 * 24 * 3600;
const filledAtATime = 500;

export function openCollections(
  db: Db,
  heads: Heads,
  leases: Leases,
  batches: Batches,
  finish: (head: Head) => Promise<void>,
): Collections {
  const stored = db.collection<StoredHead>('_heads');

  async function ensure({ name, indexes }: CollectionSpec): Promise<void> {
    checkCollection(name);
    const wanted = indexes.map(fieldsOf);
    await begin(name, layoutOf(wanted));
    const head = await extended(name, layoutOf(wanted));
    await heads
      .rowsOf(head)
      .createIndexes([
        ...wanted.map(indexOf).filter(({ key }) => Object.keys(key).join() !== '_id'),
        { key: { 'r.gone': 1 }, name: 'gone', expireAfterSeconds: rememberRemovedSeconds },
      ]);
    await fill(head, missing(head.answers, layoutOf(wanted)));
    await sweep();
  }

  async function begin(name: string, layout: Layout): Promise<void> {
    const rows = `${prefix}${name}~${randomBytes(6).toString('hex')}`;
    const fresh = { format: storeFormat, rows, layout: 0, ...layout, answers: layout, writer: null };
    const $setOnInsert = { ...fresh, position: null, events: 0, batch: null };
    await stored.updateOne({ _id: name }, { $setOnInsert }, { upsert: true }).catch((error: unknown) => {
      if (!isDuplicate(error)) throw error;
    });
  }

  /** From now on commits take the wanted fields out of what they write. */
  async function extended(name: string, layout: Layout): Promise<Head> {
    for (;;) {
      const head = await heads.load(name);
      const { fields, wide } = missing(head, layout);
      if (fields.length + wide.length === 0) return head;
      // A batch without them must be in the rows first.
      await finish(head);
      await stored.updateOne(
        { _id: name, rows: head.rows, layout: head.layout, batch: null },
        { $set: { fields: [...head.fields, ...fields], wide: [...head.wide, ...wide] }, $inc: { layout: 1 } },
      );
    }
  }

  /** Adds keys to the rows that are there; what is written meanwhile has them. */
  async function fill(head: Head, layout: Layout): Promise<void> {
    if (layout.fields.length + layout.wide.length === 0) return;
    const rows = heads.rowsOf(head);
    let some: Row[] = [];
    const write = async () => {
      const updates = some.map((row) => ({
        updateOne: {
          filter: { _id: row._id, 'r.v': row.r.v },
          update: { $set: keysToAdd(documentOf(row), layout) },
        },
      }));
      if (updates.length > 0) await rows.bulkWrite(updates, { ordered: false });
      some = [];
    };
    for await (const row of rows.find({ 'r.live': true }, { projection: { ...onlyText, 'r.v': 1 } })) {
      if (some.push(row) >= filledAtATime) await write();
    }
    await write();
    const each = { 'answers.fields': { $each: layout.fields }, 'answers.wide': { $each: layout.wide } };
    await stored.updateOne({ _id: head._id, rows: head.rows }, { $addToSet: each });
  }

  /** Collections of rows that no head names: of one that was dropped while somebody still wrote. */
  async function sweep(): Promise<void> {
    const present = await db.listCollections({}, { nameOnly: true }).toArray();
    // Read afterwards: rows are written only once a head names them, and a name comes never again.
    const named = new Set(
      (await stored.find({}, { projection: { rows: 1 } }).toArray()).map(({ rows }) => rows),
    );
    for (const { name } of present) if (name.startsWith(prefix) && !named.has(name)) await dropRows(name);
  }

  async function dropRows(rows: string): Promise<void> {
    await db.dropCollection(rows).catch((error: unknown) => {
      if (!isAbsent(error)) throw error;
    });
    await batches.forgetAllOf(rows);
  }

  return {
    ensure,
    async drop(name, lease) {
      checkCollection(name);
      const head = await stored.findOne({ _id: name }, { projection: { rows: 1 } });
      // Read before: what whoever takes the lease later makes of this name has other rows, and stays.
      if (lease !== undefined && !(await leases.isNewest(lease))) throw leaseLost(name);
      if (head === null) return;
      const { deletedCount } = await stored.deleteOne({ _id: name, rows: head.rows });
      if (deletedCount > 0) await dropRows(head.rows);
    },
    names: async () =>
      (await stored.find({}, { projection: { _id: 1 }, sort: { _id: 1 } }).toArray()).map(({ _id }) => _id),
  };
}

/** `NamespaceNotFound`; compatible servers have only its words. */
const isAbsent = (error: unknown): boolean =>
  (error as { code?: unknown }).code === 26 || /ns not found/.test((error as Error).message);

const unique = (names: readonly FieldPath[]): readonly FieldPath[] => [...new Set(names)];

const layoutOf = (wanted: readonly (readonly FieldPath[])[]): Layout => ({
  fields: unique(
    wanted
      .flatMap((fields) => (isWide(fields) ? fields.slice(0, -1) : fields))
      .filter((field) => field !== 'id'),
  ),
  wide: unique(wanted.filter(isWide).map((fields) => (fields.at(-1) as FieldPath).slice(0, -2))),
});

const missing = (present: Layout, { fields, wide }: Layout): Layout => ({
  fields: fields.filter((field) => !present.fields.includes(field)),
  wide: wide.filter((field) => !present.wide.includes(field)),
});

/** Of rows that hold a document only; ids decide between equals. A wildcard index ends with its wildcard. */
function indexOf(fields: readonly FieldPath[]): IndexDescription {
  const wide = isWide(fields);
  const keys = (wide ? fields.slice(0, -1) : fields).map((field) => [keyName(field), 1] as const);
  const last = wide ? wideName((fields.at(-1) as FieldPath).slice(0, -2), '$**') : '_id';
  return {
    key: Object.fromEntries([...keys, [last, 1]]),
    name: fields.join(),
    partialFilterExpression: { 'r.live': true },
  };
}
