import { isDomainError, type Clock, type Digest } from '#kernel';
import type { ArtifactStore, BlobRange } from '#artifact-store';

/** An engine is restarted in less. */
const patienceMs = 120_000;
const firstPauseMs = 100;
const longestPauseMs = 2_000;

const passing = new Set(['STORAGE_UNREACHABLE', 'STORAGE_FAULT']);
const passes = (error: unknown): boolean => isDomainError(error) && passing.has(error.code);

/**
 * The artifact store as attempts use it: while it does not answer they wait with what they have done, up to two minutes; then it
 * throws what it threw last. Only a stream of bytes that is being put cannot be sent again.
 * @param enough nobody waits from then on
 */
export function patientStore(store: ArtifactStore, clock: Clock, enough: AbortSignal): ArtifactStore {
  /** Waits until it is worth another try. @throws the error when it is not */
  function patience() {
    const until = clock.monotonicMs() + patienceMs;
    let pauseMs = firstPauseMs;
    return async (error: unknown): Promise<void> => {
      if (!passes(error) || enough.aborted || clock.monotonicMs() >= until) throw error;
      await clock.sleep(pauseMs, enough).catch(() => Promise.reject(error));
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    };
  }

  async function patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (const wait = patience(); ;) {
      try {
        return await ask();
      } catch (error) {
        await wait(error);
      }
    }
  }

  /** A blob never changes: what was given is passed over the next time. */
  async function* get(digest: Digest, range?: BlobRange): AsyncGenerator<Uint8Array, void> {
    let given = 0;
    for (const wait = patience(); ;) {
      let passed = 0;
      try {
        for await (const piece of store.get(digest, range)) {
          const rest = piece.subarray(Math.min(piece.length, Math.max(0, given - passed)));
          passed += piece.length;
          given = Math.max(given, passed);
          if (rest.length > 0) yield rest;
        }
        return;
      } catch (error) {
        await wait(error);
      }
    }
  }

  return {
    ...store,
    get,
    put: (bytes, options) =>
      bytes instanceof Uint8Array ? patiently(() => store.put(bytes, options)) : store.put(bytes, options),
    putFile: (path, options) => patiently(() => store.putFile(path, options)),
    settle: () => patiently(() => store.settle()),
    read: (digest, maxBytes) => patiently(() => store.read(digest, maxBytes)),
    materialise: (digest, path, options) => patiently(() => store.materialise(digest, path, options)),
    stat: (digest) => patiently(() => store.stat(digest)),
    missing: (digests) => patiently(() => store.missing(digests)),
  };
}
