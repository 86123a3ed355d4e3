import { epochMs, streamUuid, type StreamId } from '#kernel';
import type { ArtifactsDisposed } from '#domain/disposal';
import { isDue, standingOf } from '#domain/retention';
import { domainEvent, type ProjectedEvent, type Reactor } from '#runtime';
import { openBlobGraph } from '../blob-graph.js';
import { openLiving, type Living } from '../living.js';
import { setOffBy, type Provenance } from '../provenance.js';
import { openOthersUse } from './others-use.js';
import { factsOf } from './subject-facts.js';

/** Deleted between two looks for holds. */
const together = 100;

/**
 * Deletes what a tombstone names, if nothing keeps it by now: the tombstone stands in the order of all events, so a hold before it is seen
 * here for certain, and one after it as long as there are bytes. Killed anywhere it goes on: what is gone is gone.
 */
export const removeDisposed = (provenance: Provenance): Reactor => ({
  name: 'remove-disposed',
  kinds: ['disposal'],
  types: ['ArtifactsDisposed'],
  async handle(event, signal) {
    const { disposals, runtime, clock, reach } = provenance;
    const { artifacts } = runtime.engines;
    const { state, revision } = await disposals.load(event.stream);
    if (state.status !== 'open' || revision !== event.revision) return;
    const tombstone = domainEvent<ArtifactsDisposed>(event);
    const digests = tombstone.blobs.map(({ digest }) => digest);
    const told = setOffBy(provenance, event);
    const living = await since(provenance, event, tombstone, signal);
    const isUsed = await openOthersUse(provenance, await factsOf(provenance, tombstone));

    for (let at = 0; at < Math.max(1, digests.length); at += together) {
      const kept = await keptAfterAll(provenance, tombstone, signal);
      if (kept !== undefined) {
        const gone = await artifacts.missing(digests);
        const command = { type: 'WithdrawDisposal', ...kept, gone, at: clock.now() } as const;
        await disposals.execute(event.stream, command, told);
        return;
      }
      await living.catchUp();
      reach('provenance:before-removal');
      for (const digest of digests.slice(at, at + together)) {
        if (living.has(digest)) continue;
        const found = await artifacts.stat(digest);
        // An upload that came since has renewed its time.
        const isRenewed = found !== undefined && epochMs(found.storedAt) > epochMs(tombstone.at);
        if (found !== undefined && !isRenewed && !isUsed(found, tombstone.at))
          await runtime.lately.delete(digest);
        reach('provenance:mid-removal');
      }
    }
    const gone = new Set(await artifacts.missing(digests));
    const bytes = tombstone.blobs.reduce(
      (sum, { digest, sizeBytes }) => sum + (gone.has(digest) ? sizeBytes : 0),
      0,
    );
    const left = digests.length - gone.size;
    const command = { type: 'FinishDisposal', blobs: gone.size, bytes, left, at: clock.now() } as const;
    await disposals.execute(event.stream, command, told);
  },
});

/** What events need that whoever set the tombstone had not seen. */
async function since(
  { runtime, nodes }: Provenance,
  { stream, revision }: ProjectedEvent,
  { seen = { stream, revision } }: ArtifactsDisposed,
  signal: AbortSignal,
): Promise<Living> {
  const { eventStore, artifacts } = runtime.engines;
  const graph = openBlobGraph(artifacts, nodes);
  for await (const [stored] of eventStore.readStream(seen.stream, { from: seen.revision, limit: 1 }))
    if (stored !== undefined) {
      const ours = new Set([streamUuid(stream)]);
      return openLiving(runtime.engines, signal, ours, { graph, after: stored.position });
    }
  throw new Error(`${seen.stream} is not there`);
}

/** The hold in force on it; or nothing more, when the time of its class is not over any more. */
async function keptAfterAll(
  provenance: Provenance,
  tombstone: ArtifactsDisposed,
  signal: AbortSignal,
): Promise<{ readonly hold?: StreamId } | undefined> {
  const { orders, clock } = provenance;
  await orders.catchUp(signal);
  const facts = await factsOf(provenance, tombstone);
  const [hold] = orders.holdsOn(facts);
  if (hold !== undefined) return { hold: hold.stream };
  const { early, artifacts } = tombstone;
  const standing = standingOf(facts, orders.assigned, orders.classes, clock.now());
  return early || isDue(standing, artifacts) ? undefined : {};
}
