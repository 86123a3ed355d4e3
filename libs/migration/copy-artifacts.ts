import type { Digest } from '#kernel';
import type { ArtifactStore } from '#artifact-store';
import type { CopyOptions } from './copy-history.js';

export interface CopiedArtifacts {
  readonly blobs: number;
  readonly bytes: number;
  readonly copied: number;
}

const atOnce = 8;
const batchSize = 500;

/** Every blob that the target does not hold yet, hashed by the target as it comes in. @throws BLOB_CORRUPT, BLOB_DIGEST_MISMATCH */
export async function copyArtifacts(
  from: ArtifactStore,
  to: ArtifactStore,
  { signal, onProgress }: CopyOptions = {},
): Promise<CopiedArtifacts> {
  let [blobs, bytes, copied] = [0, 0, 0];
  const put = async (digest: Digest) => {
    await to.put(from.get(digest), { expected: digest, settleLater: true, ...(signal ? { signal } : {}) });
    copied += 1;
  };
  const take = async (batch: readonly Digest[]) => {
    const missing = (await to.missing(batch)).values();
    const work = async () => {
      for (const digest of missing) {
        signal?.throwIfAborted();
        await put(digest);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    blobs += batch.length;
    onProgress?.(blobs);
  };
  let batch: Digest[] = [];
  for await (const { digest, sizeBytes } of from.list()) {
    signal?.throwIfAborted();
    bytes += sizeBytes;
    batch.push(digest);
    if (batch.length < batchSize) continue;
    await take(batch);
    batch = [];
  }
  await take(batch);
  await to.settle();
  return { blobs, bytes, copied };
}
