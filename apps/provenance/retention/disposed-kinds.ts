import { streamUuid } from '#kernel';
import { disposalCodec } from '#contracts/stored';
import { subjectOf, type ArtifactsDisposed } from '#domain/disposal';
import type { ArtifactKind, SubjectFacts } from '#domain/retention';
import type { Provenance } from '../provenance.js';

/** What has gone of a run, or of a version of a dataset. */
export interface DisposedKinds {
  /** As far as its tombstones say. */
  readonly subject: SubjectFacts;
  readonly artifacts: ReadonlySet<ArtifactKind>;
  /** Blobs of the last disposal that something else needed then. */
  readonly left: number;
  /** The last tombstone of a disposal of several, when the next ones were never set. */
  readonly interrupted?: ArtifactsDisposed;
}

const nothing = { artifacts: new Set<ArtifactKind>(), left: 0 };

/** By their ids, from the events. */
export async function disposedKinds(
  { runtime }: Pick<Provenance, 'runtime'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, DisposedKinds>> {
  const found = new Map<string, DisposedKinds>();
  const open = new Map<string, ArtifactsDisposed>();
  for await (const batch of runtime.engines.eventStore.readAll({ kinds: ['disposal'], signal }))
    for (const { stream, type, bytes } of batch) {
      const id = streamUuid(stream);
      const { event } = disposalCodec.decode(type, bytes);
      if (event.type === 'ArtifactsDisposed') {
        open.set(id, event);
        continue;
      }
      const tombstone = open.get(id);
      if (tombstone === undefined) continue;
      const subject = subjectOf(tombstone);
      const { artifacts, left } = found.get(id) ?? nothing;
      if (event.type === 'DisposalWithdrawn') {
        found.set(id, { subject, artifacts, left });
        continue;
      }
      const leftInAll = (tombstone.part > 1 ? left : 0) + event.left;
      if (tombstone.part < tombstone.parts)
        found.set(id, { subject, artifacts, left: leftInAll, interrupted: tombstone });
      else {
        const gone = new Set([...artifacts, ...tombstone.artifacts]);
        found.set(id, { subject, artifacts: gone, left: leftInAll });
      }
    }
  return found;
}

/** Whether nothing of these kinds can be left but what others needed. */
export const areDisposed = (
  { artifacts }: Pick<DisposedKinds, 'artifacts'> = nothing,
  kinds: readonly ArtifactKind[],
): boolean => kinds.every((kind) => artifacts.has(kind));
