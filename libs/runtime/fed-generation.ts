import type { EventStore } from '#event-store';
import type { Checkpoint, Lease } from '#read-store';
import { collectionWriter, type WriterOptions } from './collection-writer.js';
import { foldHistory } from './fold-history.js';
import { activate, activeGeneration, collectionOf, type Generation } from './generation.js';
import { inHistoryTurn } from './history-turns.js';
import { leaseLost } from './rebuild-beside.js';

export interface FedOptions {
  readonly eventStore: EventStore;
  readonly folding: Pick<WriterOptions, 'readStore' | 'projection' | 'decoders'>;
  readonly lease: Lease;
  readonly signal: AbortSignal;
  /** The last one that was known here: another one never bears its number. */
  readonly known: Generation | undefined;
  /** One is built now; what was found, if any, goes on answering. */
  building(found: Generation | undefined): void;
  /** How far one is that nobody is answered from yet. */
  onFirst(committed: Checkpoint): void;
}

/**
 * The generation that is to be fed from now on: the active one, or one that is built first, because there is none or the code has another version.
 * @throws LEASE_LOST when another instance writes this model now
 */
export async function fedGeneration(options: FedOptions): Promise<Generation> {
  const { folding, known } = options;
  const { readStore, projection } = folding;
  const { name, version, indexes } = projection;
  const found = await activeGeneration(readStore, name);
  if (found?.version === version) {
    await readStore.ensureCollection({ name: collectionOf(name, found), indexes });
    return found;
  }
  options.building(found);
  const built = { version, number: Math.max(found?.number ?? 0, known?.number ?? 0) + 1 };
  await build(built, found === undefined, options);
  if (!(await activate(readStore, name, found, built))) throw leaseLost(name);
  return built;
}

/** From the first event, or on from where an earlier attempt was interrupted. */
async function build(generation: Generation, isFirst: boolean, options: FedOptions): Promise<void> {
  const { eventStore, folding, lease, signal, onFirst } = options;
  const { readStore, projection } = folding;
  const collection = collectionOf(projection.name, generation);
  await readStore.ensureCollection({ name: collection, indexes: projection.indexes });
  const from = await readStore.checkpoint(collection);
  const writer = collectionWriter(
    { collection, lease, from },
    { ...folding, ...(isFirst ? { onCommitted: onFirst } : {}) },
  );
  await inHistoryTurn(eventStore, signal, () => foldHistory(eventStore, projection, writer, { signal }));
}
