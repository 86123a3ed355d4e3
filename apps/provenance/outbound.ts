import type { ProjectedEvent, PublicEvent } from '#runtime';

/** Public type of each stored one, and the facts that others may need; what is not here stays private. */
const published: Readonly<Record<string, { readonly type: string; readonly fields: readonly string[] }>> = {
  BundleSealed: {
    type: 'holdfast.bundle.sealed.v1',
    fields: ['namespace', 'run', 'core', 'manifest', 'reproducibilityKey', 'outcome', 'members', 'sizeBytes'],
  },
  BundleImported: {
    type: 'holdfast.bundle.imported.v1',
    fields: ['namespace', 'run', 'core', 'manifest', 'reproducibilityKey', 'outcome', 'members', 'sizeBytes'],
  },
  ReproductionStarted: {
    type: 'holdfast.reproduction.started.v1',
    fields: ['namespace', 'originalRun', 'repeatedRun', 'manifest'],
  },
  ReproductionConcluded: {
    type: 'holdfast.reproduction.concluded.v1',
    fields: ['verdict', 'differencesTotal', 'remarks'],
  },
  CollectionFinished: {
    type: 'holdfast.artifact.collection-finished.v1',
    fields: ['blobsSeen', 'blobsRemoved', 'bytesRemoved'],
  },
  ScrubFinished: {
    type: 'holdfast.artifact.scrub-finished.v1',
    fields: ['blobs', 'bytes', 'corruptTotal', 'missingTotal'],
  },
};

export function toPublic({ type, data, revision }: ProjectedEvent): PublicEvent | undefined {
  const known = Object.hasOwn(published, type) ? published[type] : undefined;
  if (known === undefined) return undefined;
  const facts = known.fields.flatMap((field) => (data[field] === undefined ? [] : [[field, data[field]]]));
  return { type: known.type, data: { ...Object.fromEntries(facts), streamRevision: revision } };
}
