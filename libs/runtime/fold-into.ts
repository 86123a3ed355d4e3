import { DomainError } from '#kernel';
import type { StoredEvent } from '#event-store';
import type { Checkpoint, Document, Lease, ReadStore, Write } from '#read-store';
import { projectedEvent, type EventDecoders, type Projection } from './projection.js';

/** Most events of one commit. */
export const batchEvents = 500;

/**
 * Folds one batch into a collection: the documents it touches are read once, folded in memory and written with the
 * new checkpoint in one commit. This is the only way into a read model, live and in a rebuild.
 * @throws STALE_CHECKPOINT, LEASE_LOST when another writer has taken over
 */
export async function foldInto(
  readStore: ReadStore,
  projection: Projection,
  collection: string,
  lease: Lease,
  from: Checkpoint | undefined,
  events: readonly StoredEvent[],
  decoders?: EventDecoders,
): Promise<Checkpoint> {
  const first = from?.events ?? 0;
  const decoded = events.map((stored, i) => projectedEvent(stored, first + i, decoders));
  const touched = decoded.map((event) => new Set(projection.ids(event)));
  const ids = [...new Set(touched.flatMap((some) => [...some]))];
  const before = ids.length === 0 ? [] : await readStore.getMany(collection, ids);
  const docs = new Map<string, Document | undefined>(before.map((doc) => [doc.id, doc]));
  decoded.forEach((event, i) => {
    for (const id of touched[i] ?? []) docs.set(id, checked(projection.project(docs.get(id), event, id), id));
  });
  const known = new Set(before.map(({ id }) => id));
  const writes = [...docs].flatMap(([id, doc]): Write[] => {
    if (doc !== undefined) return [{ put: doc }];
    return known.has(id) ? [{ delete: id }] : [];
  });
  const last = events.at(-1) as StoredEvent;
  const next: Checkpoint = { position: last.position, events: first + events.length };
  await readStore.commit(collection, lease, from, next, writes);
  return next;
}

function checked(doc: Document | undefined, id: string): Document | undefined {
  if (doc === undefined || doc.id === id) return doc;
  throw new DomainError(
    'bug',
    'PROJECTION_ID',
    `a projection made document ${doc.id} where ${id} was asked for`,
  );
}
