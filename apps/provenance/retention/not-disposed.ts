import { streamKind, type Digest } from '#kernel';
import { disposalCodec } from '#contracts/stored';
import type { Position } from '#event-store';
import type { ArtifactsDisposed } from '#domain/disposal';
import { projectedEvent } from '#runtime';
import { openBlobGraph } from '../blob-graph.js';
import { digestsIn, referringToNothing } from '../digests-in.js';
import type { Provenance } from '../provenance.js';

/** Events that only point at what a run brought, and bring nothing themselves. */
const pointing = new Set(['baseline', 'drift', 'edition', 'reproduction']);

/** Of blobs that are not here, those that ought to be: no tombstone names them, or they have come again since. */
export async function notDisposed(
  provenance: Pick<Provenance, 'runtime'>,
  absent: readonly Digest[],
  signal: AbortSignal,
): Promise<readonly Digest[]> {
  if (absent.length === 0) return [];
  const { eventStore, artifacts } = provenance.runtime.engines;
  const disposed = await tombstonesOf(provenance, new Set(absent), signal);
  const [earliest] = [...disposed.values()].sort((a, b) => eventStore.comparePositions(a, b));
  if (earliest === undefined) return absent;
  const graph = openBlobGraph(artifacts);
  const cameAgain = (digest: Digest, at: Position) => {
    const gone = disposed.get(digest);
    if (gone !== undefined && eventStore.comparePositions(gone, at) < 0) disposed.delete(digest);
  };
  for await (const batch of eventStore.readAll({ after: earliest, signal }))
    for (const stored of batch) {
      const kind = streamKind(stored.stream);
      if (referringToNothing.has(kind) || pointing.has(kind)) continue;
      for (const digest of digestsIn(projectedEvent(stored, 0).data).blobs) {
        cameAgain(digest, stored.position);
        for (const file of await graph.filesOf(digest)) cameAgain(file, stored.position);
      }
    }
  return absent.filter((digest) => !disposed.has(digest));
}

/** The last tombstone that names each of them. */
async function tombstonesOf(
  { runtime }: Pick<Provenance, 'runtime'>,
  wanted: ReadonlySet<Digest>,
  signal: AbortSignal,
): Promise<Map<Digest, Position>> {
  const found = new Map<Digest, Position>();
  const last = new Map<string, ArtifactsDisposed>();
  for await (const batch of runtime.engines.eventStore.readAll({ kinds: ['disposal'], signal }))
    for (const { stream, type, bytes, position } of batch) {
      const { event } = disposalCodec.decode(type, bytes);
      if (event.type === 'ArtifactsDisposed') {
        last.set(stream, event);
        for (const { digest } of event.blobs) if (wanted.has(digest)) found.set(digest, position);
      } else if (event.type === 'DisposalWithdrawn') {
        const gone = new Set(event.gone);
        for (const { digest } of last.get(stream)?.blobs ?? []) if (!gone.has(digest)) found.delete(digest);
      }
    }
  return found;
}
