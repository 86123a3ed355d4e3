import type { Clock } from '#kernel';
import type { ArtifactStore } from '#artifact-store';
import { foundLately } from '#runtime';

/** More is hashed once, by the store. */
const smallBytes = 2 ** 16;

/** What this executor has put or read a moment ago it does not put or read again: empty logs, the code of one attempt after another. */
export function rememberingStore(store: ArtifactStore, clock: Clock): ArtifactStore {
  let lately = foundLately(store, clock);
  return {
    ...store,
    read: (digest, maxBytes) => lately.read(digest, maxBytes),
    async put(bytes, options = {}) {
      const isSmall = bytes instanceof Uint8Array && bytes.length <= smallBytes;
      if (!isSmall || bytes.length > (options.maxBytes ?? smallBytes)) return store.put(bytes, options);
      options.signal?.throwIfAborted();
      return lately.put(bytes, options);
    },
    async settle() {
      try {
        await store.settle();
      } catch (error) {
        // What was taken in may not have stayed.
        lately = foundLately(store, clock);
        throw error;
      }
    },
  };
}
