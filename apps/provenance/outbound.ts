import { publisher, type Published, type PublishedField } from '#contracts/public';

const core: readonly PublishedField[] = [
  ...(['namespace', 'run', 'core', 'manifest', 'reproducibilityKey', 'outcome'] as const),
  ...(['members', 'sizeBytes'] as const),
];

/** What differs and what is damaged is asked for over gRPC. */
export const published: Published = {
  BundleSealed: ['holdfast.bundle.sealed.v1', ...core],
  BundleImported: ['holdfast.bundle.imported.v1', ...core],
  NamedEditionTaken: ['holdfast.edition.taken.v1', 'run', 'core'],
  ReproductionStarted: [
    'holdfast.reproduction.started.v1',
    ...(['namespace', 'originalRun', 'repeatedRun', 'manifest'] as const),
  ],
  ReproductionConcluded: [
    'holdfast.reproduction.concluded.v1',
    ...(['verdict', 'differencesTotal', 'remarks'] as const),
  ],
  CollectionStarted: ['holdfast.artifact.collection-started.v1', 'olderThanMs'],
  CollectionFinished: [
    'holdfast.artifact.collection-finished.v1',
    ...(['blobsSeen', 'blobsRemoved', 'bytesRemoved'] as const),
  ],
  ScrubFinished: [
    'holdfast.artifact.scrub-finished.v1',
    ...(['blobs', 'bytes', 'corruptTotal', 'missingTotal'] as const),
  ],
  // By whose order, why, and which blobs, is asked for over gRPC.
  RetentionClassDeclared: ['holdfast.retention.class-declared.v1', 'name'],
  RetentionLengthened: ['holdfast.retention.lengthened.v1', 'name'],
  RetentionShortened: ['holdfast.retention.shortened.v1', 'name'],
  RetentionAssigned: ['holdfast.retention.assigned.v1'],
  ArtifactsDisposed: ['holdfast.artifacts.disposed.v1', 'namespace', 'run?', 'dataset?'],
  DisposalFinished: ['holdfast.disposal.finished.v1', 'blobs', 'bytes'],
  DisposalWithdrawn: ['holdfast.disposal.withdrawn.v1'],
};

export const toPublic = publisher(published);
