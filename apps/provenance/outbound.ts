import { publisher, type Published, type PublishedField } from '#contracts/public';

const core: readonly PublishedField[] = [
  ...(['namespace', 'run', 'core', 'manifest', 'reproducibilityKey', 'outcome'] as const),
  ...(['members', 'sizeBytes'] as const),
];

/** What differs and what is damaged is asked for over gRPC. */
export const published: Published = {
  BundleSealed: ['holdfast.bundle.sealed.v1', ...core],
  BundleImported: ['holdfast.bundle.imported.v1', ...core],
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
};

export const toPublic = publisher(published);
