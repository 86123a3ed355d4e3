import { epochMs, streamUuid, type Digest } from '#kernel';
import type { BlobStat } from '#artifact-store';
import { disposalCodec } from '#contracts/stored';
import { openBlobGraph } from '../blob-graph.js';
import { openLiving } from '../living.js';
import type { Provenance } from '../provenance.js';

/** Of a disposal that has left some of its blobs, nobody can say which: all of them count as left. */
export async function removedBlobs(
  { runtime }: Pick<Provenance, 'runtime'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<Digest, string>> {
  const removed = new Map<Digest, string>();
  const open = new Map<string, readonly Digest[]>();
  for await (const batch of runtime.engines.eventStore.readAll({ kinds: ['disposal'], signal }))
    for (const { stream, type, bytes } of batch) {
      const { event } = disposalCodec.decode(type, bytes);
      if (event.type === 'ArtifactsDisposed') {
        open.set(
          stream,
          event.blobs.map(({ digest }) => digest),
        );
        continue;
      }
      const named = open.get(stream) ?? [];
      const gone = event.type === 'DisposalWithdrawn' ? event.gone : event.left === 0 ? named : [];
      for (const digest of named) removed.delete(digest);
      for (const digest of gone) removed.set(digest, streamUuid(stream));
      open.delete(stream);
    }
  return removed;
}

/**
 * Of blobs that are here and were disposed of, those that nothing has needed since: a restored backup, or somebody, has put them back. One that
 * came lately may have been put for an event that is not there yet.
 */
export async function restoredBlobs(
  { runtime, nodes, clock, limits }: Pick<Provenance, 'runtime' | 'nodes' | 'clock' | 'limits'>,
  here: readonly BlobStat[],
  removed: ReadonlyMap<Digest, string>,
  signal: AbortSignal,
): Promise<readonly Digest[]> {
  const oldestMs = epochMs(clock.now()) - limits.gcMinAgeMs;
  const old = here.filter(({ storedAt }) => epochMs(storedAt) <= oldestMs);
  if (old.length === 0) return [];
  const graph = openBlobGraph(runtime.engines.artifacts, nodes);
  const living = openLiving(runtime.engines, signal, new Set(removed.values()), { graph });
  await living.catchUp();
  return old.map(({ digest }) => digest).filter((digest) => !living.has(digest));
}
