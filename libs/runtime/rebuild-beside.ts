import { DomainError } from '#kernel';
import type { EventStore, Position } from '#event-store';
import type { Checkpoint, Lease } from '#read-store';
import { collectionWriter, type WriterOptions } from './collection-writer.js';
import { compareCollections, type Comparison } from './compare-collections.js';
import { foldHistory } from './fold-history.js';
import { activate, collectionOf, dropOthers, type Generation } from './generation.js';
import { inHistoryTurn } from './history-turns.js';

export interface RebuildOptions {
  readonly eventStore: EventStore;
  readonly folding: Pick<WriterOptions, 'readStore' | 'projection' | 'decoders'>;
  readonly lease: Lease;
  /** Answers queries meanwhile. */
  readonly previous: Generation;
  readonly signal: AbortSignal;
  readonly onProgress?: ((events: number) => void) | undefined;
  /** Runs `work` while nothing else writes the previous generation, which is committed up to the checkpoint that `work` gets. */
  whileStill<T>(work: (at: Checkpoint | undefined) => Promise<T>): Promise<T>;
  /** The new generation answers from now on. */
  swapped(next: Generation, at: Checkpoint | undefined): void;
}

/**
 * Builds the next generation from the first event, compares it with the previous one at the same position, and swaps.
 * @throws LEASE_LOST when another instance writes this model now, and will drop what is left of this one
 */
export async function rebuildBeside(options: RebuildOptions): Promise<Comparison> {
  const { eventStore, folding, lease, previous, signal, onProgress } = options;
  const { readStore, projection } = folding;
  const next = { version: projection.version, number: previous.number + 1 };
  const [old, target] = [previous, next].map((generation) => collectionOf(projection.name, generation)) as [
    string,
    string,
  ];
  await readStore.dropCollection(target, lease);
  await readStore.ensureCollection({ name: target, indexes: projection.indexes });
  const writer = collectionWriter({ collection: target, lease, from: undefined }, folding);
  const foldUntil = (until?: Position) =>
    foldHistory(eventStore, projection, writer, { signal, until, onProgress });
  let isSwapped = false;
  try {
    await inHistoryTurn(eventStore, signal, () => foldUntil());
    return await options.whileStill(async (at) => {
      if (at) await foldUntil(at.position as Position);
      const comparison = await compareCollections(readStore, old, target);
      isSwapped = await activate(readStore, projection.name, previous, next);
      if (!isSwapped) throw leaseLost(projection.name);
      options.swapped(next, writer.at());
      await dropOthers(readStore, projection.name, next, lease);
      return comparison;
    });
  } catch (error) {
    // Refused after another took over, whose model may bear this name.
    if (!isSwapped) await readStore.dropCollection(target, lease).catch(() => undefined);
    throw error;
  }
}

export const leaseLost = (name: string): DomainError =>
  new DomainError('conflict', 'LEASE_LOST', `another instance writes ${name} now`);
