import { canonicalize } from '#evidence';
import type { StoredEvent } from '#event-store';
import type { Checkpoint, Document, Lease, ReadStore, Write } from '#read-store';
import { projectedEvent, type Projection } from './projection.js';

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
): Promise<Checkpoint> {
  const first = from?.events ?? 0;
  const decoded = events.map((stored, i) => projectedEvent(stored, first + i));
  const touched = decoded.map((event) => projection.ids(event));
  const ids = [...new Set(touched.flat())];
  const before = ids.length === 0 ? [] : await readStore.getMany(collection, ids);
  const docs = new Map<string, Document | undefined>(before.map((doc) => [doc.id, doc]));
  decoded.forEach((event, i) => {
    for (const id of touched[i] ?? []) docs.set(id, projection.project(docs.get(id), event, id));
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

/** What comparing two generations of a read model found. */
export interface Comparison {
  readonly identical: boolean;
  readonly documents: number;
  /** The first document in id order that differs, as canonical JSON; a side without it is absent. */
  readonly firstDifference?: { readonly id: string; readonly live?: string; readonly rebuilt?: string };
}

/** Compares every document of two collections byte for byte in canonical JSON, in id order, in flat memory. */
export async function compareCollections(
  readStore: ReadStore,
  live: string,
  rebuilt: string,
): Promise<Comparison> {
  const [left, right] = [documents(readStore, live), documents(readStore, rebuilt)];
  let count = 0;
  try {
    for (;;) {
      const [a, b] = await Promise.all([left.next(), right.next()]);
      if (a.done && b.done) return { identical: true, documents: count };
      const [x, y] = [a.done ? undefined : a.value, b.done ? undefined : b.value];
      const [live, rebuilt] = [x && canonicalize(x), y && canonicalize(y)];
      if (live !== rebuilt) {
        const id = [x?.id, y?.id].filter((id) => id !== undefined).sort()[0] as string;
        const sides = { ...(live ? { live } : {}), ...(rebuilt ? { rebuilt } : {}) };
        return { identical: false, documents: count, firstDifference: { id, ...sides } };
      }
      count++;
    }
  } finally {
    await Promise.all([left.return(), right.return()]);
  }
}

async function* documents(readStore: ReadStore, collection: string): AsyncGenerator<Document, void> {
  for await (const batch of readStore.scan(collection)) yield* batch;
}
