import type { Clock } from '#kernel';
import type { ArtifactStore } from '#artifact-store';
import { foundLately } from '#runtime';

/**
 * What this executor has read a moment ago it does not read again: the code of one attempt after another. What it puts goes to the store each
 * time, since that keeps a disposal of the same bytes from removing them before this attempt's events name them.
 */
export function rememberingStore(store: ArtifactStore, clock: Clock): ArtifactStore {
  const lately = foundLately(store, clock);
  return { ...store, read: (digest, maxBytes) => lately.read(digest, maxBytes) };
}
