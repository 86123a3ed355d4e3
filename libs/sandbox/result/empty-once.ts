import type { ArtifactStore, StoredBlob } from '#artifact-store';

/** Most steps leave empty logs and no metrics: one put for all that are settled together. */
export function emptyOnce(store: ArtifactStore): ArtifactStore {
  let empty: Promise<StoredBlob> | undefined;
  return {
    ...store,
    put: (bytes, options) =>
      options?.settleLater && bytes instanceof Uint8Array && bytes.length === 0
        ? (empty ??= store.put(bytes, options))
        : store.put(bytes, options),
  };
}
