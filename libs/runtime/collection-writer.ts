import { DomainError } from '#kernel';
import type { StoredEvent } from '#event-store';
import type { Checkpoint, Document, Lease, ReadStore, Write } from '#read-store';
import { knownDocuments } from './known-documents.js';
import { projectedEvent, type EventDecoders, type Projection } from './projection.js';

/** Most events of one commit. */
export const batchEvents = 250;

/** Where to write, as whom, and how far that is. */
export interface Target {
  readonly collection: string;
  readonly lease: Lease;
  readonly from: Checkpoint | undefined;
}

/**
 * The only way into a read model, live and in a rebuild: the documents that a batch touches are folded in memory and written
 * with the new checkpoint in one commit. While one commit is under way, the next batch is folded. After a failure it is of no use any more.
 */
export interface CollectionWriter {
  readonly collection: string;
  /** How far it has folded; the last commit may be under way. */
  at(): Checkpoint | undefined;
  /** @throws what a commit failed with: STALE_CHECKPOINT, LEASE_LOST when another writer has taken over */
  fold(events: readonly StoredEvent[]): Promise<void>;
  /** Resolves when everything is committed. @throws as `fold` */
  settled(): Promise<void>;
}

export interface WriterOptions {
  readonly readStore: ReadStore;
  readonly projection: Projection;
  readonly decoders?: EventDecoders | undefined;
  readonly onCommitted?: (checkpoint: Checkpoint) => void;
}

export function collectionWriter(
  { collection, lease, from }: Target,
  { readStore, projection, decoders, onCommitted }: WriterOptions,
): CollectionWriter {
  const known = knownDocuments(readStore, collection);
  let at = from;
  let committing: Promise<void> = Promise.resolve();

  async function foldBatch(events: readonly StoredEvent[]): Promise<void> {
    const first = at?.events ?? 0;
    const touching = events.map((stored, i) => {
      const event = projectedEvent(stored, first + i, decoders);
      return { event, ids: new Set(projection.ids(event)) };
    });
    const before = await known.load(new Set(touching.flatMap(({ ids }) => [...ids])));
    const after = new Map(before);
    for (const { event, ids } of touching)
      for (const id of ids) after.set(id, checked(projection.project(after.get(id), event, id), id));
    const writes = [...after].flatMap(([id, document]): Write[] => {
      known.set(id, document);
      if (document === before.get(id)) return [];
      return [document === undefined ? { delete: id } : { put: document }];
    });
    const { position } = events.at(-1) as StoredEvent;
    await commit({ position, events: first + events.length }, writes);
  }

  async function commit(next: Checkpoint, writes: readonly Write[]): Promise<void> {
    await committing;
    committing = readStore.commit(collection, lease, at, next, writes).then(() => onCommitted?.(next));
    // Whoever folds or settles next is told.
    committing.catch(() => undefined);
    at = next;
  }

  return {
    collection,
    at: () => at,
    async fold(events) {
      for (let i = 0; i < events.length; i += batchEvents) await foldBatch(events.slice(i, i + batchEvents));
    },
    settled: () => committing,
  };
}

function checked(document: Document | undefined, id: string): Document | undefined {
  if (document === undefined || document.id === id) return document;
  throw new DomainError(
    'bug',
    'PROJECTION_ID',
    `a projection made document ${document.id} where ${id} was asked for`,
  );
}
