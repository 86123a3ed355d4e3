import type { DatabaseSync } from 'node:sqlite';
import { isDomainError, type DomainError, type FaultPoint } from '#kernel';
import { inTransaction } from '#sqlite';
import { checkExpected, checkOrder, leaseLost } from '../checkpoints.js';
import type { Checkpoint } from '../read-store.js';
import { keyInside } from './keys.js';
import { columnOf, tableOf, wideRows, type Layout } from './layout.js';
import type { CommitCall } from './operations.js';
import type { Prepare } from './statements.js';

/** What a commit looks at and writes beside documents. */
export interface Book {
  checkpoint(collection: string): Checkpoint | undefined;
  newestToken(lease: string): number | undefined;
  layoutOf(collection: string): Layout;
}

/** Documents that one transaction may hold beyond its first commit; about ten milliseconds of work. */
const mostWrites = 250;

/** How many of the commits that wait go into one transaction: queries must not wait long for the others. */
export function fitting(calls: readonly CommitCall[]): number {
  let writes = 0;
  const tooMany = calls.findIndex((call) => (writes += call.writes.length) > mostWrites);
  return tooMany === -1 ? calls.length : Math.max(1, tooMany);
}

/**
 * Commits that wait at the same time, in one transaction; each is refused or done for itself. When the disk refuses them together,
 * each one is tried alone.
 */
export function openCommits(database: DatabaseSync, prepare: Prepare, book: Book, reach: FaultPoint) {
  function commitAll(calls: readonly CommitCall[]): readonly (() => void)[] {
    try {
      const outcomes = inTransaction(database, () => calls.map(commit));
      reach('read-store:after-commit');
      return outcomes.map((refused) => () => {
        if (refused) throw refused;
      });
    } catch (error) {
      if (calls.length > 1) return calls.flatMap((call) => commitAll([call]));
      return [
        () => {
          throw error;
        },
      ];
    }
  }

  /** What it is refused with, before anything was written. */
  function commit(call: CommitCall): DomainError | undefined {
    let layout: Layout;
    try {
      layout = checked(call);
    } catch (error) {
      if (isDomainError(error)) return error;
      throw error;
    }
    apply(call, layout);
    return undefined;
  }

  function checked({ collection, lease, expected, next }: CommitCall): Layout {
    checkOrder(expected, next);
    if (book.newestToken(lease.name) !== lease.token) throw leaseLost(collection);
    const layout = book.layoutOf(collection);
    checkExpected(collection, book.checkpoint(collection), expected);
    return layout;
  }

  function apply({ collection, next, writes }: CommitCall, layout: Layout): void {
    const { remove, put } = writerOf(collection, layout, prepare);
    for (const write of writes) {
      if ('delete' in write) remove(write.delete);
      else put(write.id, write.doc);
    }
    reach('read-store:mid-commit');
    prepare(
      'INSERT INTO checkpoints (collection, position, events) VALUES (?, ?, ?) ON CONFLICT (collection) DO UPDATE SET position = excluded.position, events = excluded.events',
    ).run(collection, next.position, next.events);
  }

  return commitAll;
}

/** Writes a document and everything that is sorted by. */
function writerOf(collection: string, { columns, wide }: Layout, prepare: Prepare) {
  const table = tableOf(collection);
  const fields = [...columns];
  const names = ['doc', ...fields.map(columnOf)];
  const values = ['?2', ...fields.map((field) => keyInside('?2', field))];
  const upsert = prepare(
    `INSERT INTO ${table} (id, ${names.join(', ')}) VALUES (?1, ${values.join(', ')}) ON CONFLICT (id) DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`,
  );
  const removal = prepare(`DELETE FROM ${table} WHERE id = ?`);
  const wider = wide.map((of) => wideRows(collection, of, `${table}.id = ?`));
  const clears = wider.map(({ clear }) => prepare(clear));
  const fills = wider.map(({ fill }) => prepare(fill));
  return {
    // The document as it was says which rows were its own.
    remove(id: string) {
      for (const clear of clears) clear.run(id);
      removal.run(id);
    },
    put(id: string, doc: string) {
      for (const clear of clears) clear.run(id);
      upsert.run(id, doc);
      for (const fill of fills) fill.run(id);
    },
  };
}
