import { streamUuid } from '#kernel';
import { disposalCodec } from '#contracts/stored';
import type { ArtifactsDisposed } from '#domain/disposal';
import type { ArtifactKind } from '#domain/retention';
import type { Provenance } from '../provenance.js';

/** What has gone of a run. */
export interface DisposedKinds {
  readonly artifacts: ReadonlySet<ArtifactKind>;
  /** Blobs of the last disposal that something else needed then. */
  readonly left: number;
  /** The last tombstone of a disposal of several, when the next ones were never set. */
  readonly interrupted?: ArtifactsDisposed;
}

const nothing: DisposedKinds = { artifacts: new Set(), left: 0 };

/** By run, from the events. */
export async function disposedKinds(
  { runtime }: Pick<Provenance, 'runtime'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, DisposedKinds>> {
  const found = new Map<string, DisposedKinds>();
  const open = new Map<string, ArtifactsDisposed>();
  for await (const batch of runtime.engines.eventStore.readAll({ kinds: ['disposal'], signal }))
    for (const { stream, type, bytes } of batch) {
      const run = streamUuid(stream);
      const { event } = disposalCodec.decode(type, bytes);
      const { artifacts, left } = found.get(run) ?? nothing;
      const tombstone = open.get(run);
      if (event.type === 'ArtifactsDisposed') open.set(run, event);
      else if (event.type === 'DisposalWithdrawn' || tombstone === undefined)
        found.set(run, { artifacts, left });
      else {
        const leftInAll = (tombstone.part > 1 ? left : 0) + event.left;
        if (tombstone.part < tombstone.parts)
          found.set(run, { artifacts, left: leftInAll, interrupted: tombstone });
        else found.set(run, { artifacts: new Set([...artifacts, ...tombstone.artifacts]), left: leftInAll });
      }
    }
  return found;
}

/** Whether nothing of these kinds can be left but what others needed. */
export const areDisposed = (
  { artifacts }: Pick<DisposedKinds, 'artifacts'> = nothing,
  kinds: readonly ArtifactKind[],
): boolean => kinds.every((kind) => artifacts.has(kind));
