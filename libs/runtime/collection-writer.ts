import { DomainError } from '#kernel';
import type { StoredEvent } from '#event-store';
import type { Checkpoint, Document, Lease, ReadStore, Write } from '#read-store';
import { knownDocuments } from './known-documents.js';
import { projectedEvent, type EventDecoders, type Projection } from './projection.js';

/** Most events that are folded at a time. */
export const batchEvents = 250;
/** Changed documents that wait for a commit; with more it begins at once. */
const mostWaiting = 250;

/** Where to write, as whom, and how far that is. */
export interface Target {
  readonly collection: string;
  readonly lease: Lease;
  readonly from: Checkpoint | undefined;
}

/**
 * The only way into a read model, live and in a rebuild: the documents that a batch touches are folded in memory and written
 * with the new checkpoint in one commit. While one commit is under way, what comes is folded. After a failure it is of no use any more.
 */
export interface CollectionWriter {
  readonly collection: string;
  /** How far it has folded; the last commit may be under way, or to come. */
  at(): Checkpoint | undefined;
  /** Whether all of that is committed. */
  isSettled(): boolean;
  /** @throws what a commit failed with: STALE_CHECKPOINT, LEASE_LOST when another writer has taken over */
  fold(events: readonly StoredEvent[]): Promise<void>;
  /** Resolves when everything that was folded before the call is committed, which begins at once. @throws as `fold` */
  settled(): Promise<void>;
}

export interface WriterOptions {
  readonly readStore: ReadStore;
  readonly projection: Projection;
  readonly decoders?: EventDecoders | undefined;
  readonly onCommitted?: (checkpoint: Checkpoint) => void;
  /**
   * Called after each fold with whether documents have changed, instead of committing: whoever is called sees to `settled` in a
   * while, so that what comes meanwhile goes along.
   */
  readonly commitLater?: (changed: boolean) => void;
}

type Documents = ReadonlyMap<string, Document | undefined>;

export function collectionWriter(
  { collection, lease, from }: Target,
  { readStore, projection, decoders, onCommitted, commitLater }: WriterOptions,
): CollectionWriter {
  const known = knownDocuments(readStore, collection);
  let at = from;
  let committed = from;
  /** Documents as they are to be, and those whose commit is under way: the store does not have either yet. */
  let waiting = new Map<string, Document | undefined>();
  let leaving: Documents = new Map();
  let committing: Promise<void> = Promise.resolve();
  let underWay = false;
  let next: Promise<void> | undefined;

  async function load(ids: ReadonlySet<string>, starts: ReadonlySet<string>): Promise<Documents> {
    const unwritten = new Map<string, Document | undefined>();
    for (const id of ids)
      if (waiting.has(id)) unwritten.set(id, waiting.get(id));
      else if (leaving.has(id)) unwritten.set(id, leaving.get(id));
    const others = [...ids].filter((id) => !unwritten.has(id));
    return new Map([...(await known.load(others, starts)), ...unwritten]);
  }

  async function foldBatch(events: readonly StoredEvent[]): Promise<void> {
    const first = at?.events ?? 0;
    const starts = new Set<string>();
    const touching = events.map((stored, i) => {
      const event = projectedEvent(stored, first + i, decoders);
      const ids = new Set(projection.ids(event));
      for (const id of ids) if (projection.starts?.(event, id)) starts.add(id);
      return { event, ids };
    });
    const before = await load(new Set(touching.flatMap(({ ids }) => [...ids])), starts);
    const after = new Map(before);
    for (const { event, ids } of touching)
      for (const id of ids) after.set(id, checked(projection.project(after.get(id), event, id), id));
    for (const [id, document] of after) {
      known.set(id, document);
      if (document !== before.get(id)) waiting.set(id, document);
    }
    const { position } = events.at(-1) as StoredEvent;
    at = { position, events: first + events.length };
  }

  /** What is folded goes, and what comes meanwhile goes with the next one. */
  function commit(): Promise<void> {
    const [expected, reached] = [committed, at];
    if (reached === undefined || reached === expected) return committing;
    const writes = [...waiting].map(([id, document]): Write =>
      document === undefined ? { delete: id } : { put: document },
    );
    [leaving, waiting] = [waiting, new Map()];
    committed = reached;
    underWay = true;
    committing = readStore.commit(collection, lease, expected, reached, writes).then(() => {
      leaving = new Map();
      underWay = false;
      onCommitted?.(reached);
    });
    // Whoever folds or settles next is told.
    committing.catch(() => undefined);
    return committing;
  }

  /** One after the other; all that ask while one is under way share the next. */
  function settled(): Promise<void> {
    if (at === committed) return committing;
    next ??= committing.then(() => {
      next = undefined;
      return commit();
    });
    next.catch(() => undefined);
    return next;
  }

  return {
    collection,
    at: () => at,
    isSettled: () => at === committed && !underWay,
    async fold(events) {
      for (let i = 0; i < events.length; i += batchEvents) {
        const batch = events.slice(i, i + batchEvents);
        await foldBatch(batch);
        if (commitLater !== undefined && batch.length < batchEvents && waiting.size < mostWaiting) {
          commitLater(waiting.size > 0);
        } else {
          await committing;
          void settled();
        }
      }
    },
    settled,
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
