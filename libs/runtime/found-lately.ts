import type { Clock, Digest } from '#kernel';
import type { ArtifactStore, BlobStat, StoredBlob } from '#artifact-store';
import { digestBytes } from '#evidence';

/** Far less than what garbage is left alone for. */
const forMs = 10_000;
const mostRemembered = 10_000;

/** Of bytes that are kept: lists of files, for one. */
const [mostReadBytes, mostRead] = [2 ** 16, 100];

/**
 * Blobs that were found or read a moment ago are not looked for or read again: what many runs have in common is asked for with each of them.
 * What was not there is.
 */
export interface FoundLately extends Pick<ArtifactStore, 'missing' | 'stat' | 'read'> {
  /** Takes few bytes in, unless it did a moment ago: that they were found is not enough, since only a put keeps garbage from going. */
  put(bytes: Uint8Array): Promise<StoredBlob>;
  /** Removes a blob, and what was known of it. Another process learns of it when what it knows is ten seconds old. */
  delete(digest: Digest): Promise<boolean>;
}

export function foundLately(
  artifacts: Pick<ArtifactStore, 'missing' | 'stat' | 'read' | 'put' | 'delete'>,
  clock: Pick<Clock, 'monotonicMs'>,
): FoundLately {
  const seen = new Map<Digest, { readonly atMs: number; readonly stat?: BlobStat }>();
  const putAtMs = new Map<Digest, number>();
  const bytesOf = new Map<Digest, { readonly atMs: number; readonly bytes: Uint8Array }>();
  const known = (digest: Digest) => {
    const found = seen.get(digest);
    return found && clock.monotonicMs() - found.atMs < forMs ? found : undefined;
  };
  const remember = (digest: Digest, found: { readonly atMs: number; readonly stat?: BlobStat }) => {
    if (seen.size >= mostRemembered) seen.clear();
    seen.set(digest, found);
  };

  return {
    async missing(digests) {
      const asked = digests.filter((digest) => !known(digest));
      if (asked.length === 0) return [];
      const atMs = clock.monotonicMs();
      const absent = await artifacts.missing(asked);
      const gone = new Set(absent);
      for (const digest of asked) if (!gone.has(digest)) remember(digest, { atMs });
      return absent;
    },
    async stat(digest) {
      const found = known(digest)?.stat;
      if (found) return found;
      const atMs = clock.monotonicMs();
      const stat = await artifacts.stat(digest);
      if (stat) remember(digest, { atMs, stat });
      return stat;
    },
    async put(bytes) {
      const digest = digestBytes(bytes);
      const atMs = clock.monotonicMs();
      if (atMs - (putAtMs.get(digest) ?? -Infinity) >= forMs) {
        await artifacts.put(bytes, { expected: digest });
        if (putAtMs.size >= mostRemembered) putAtMs.clear();
        putAtMs.set(digest, atMs);
      }
      return { digest, sizeBytes: bytes.length };
    },
    async delete(digest) {
      const isGone = await artifacts.delete(digest);
      for (const known of [seen, putAtMs, bytesOf]) known.delete(digest);
      return isGone;
    },
    async read(digest, maxBytes) {
      const read = bytesOf.get(digest);
      const atMs = clock.monotonicMs();
      if (read && atMs - read.atMs < forMs && read.bytes.length <= (maxBytes ?? mostReadBytes))
        return read.bytes;
      const bytes = await artifacts.read(digest, maxBytes);
      if (bytes.length > mostReadBytes) return bytes;
      if (bytesOf.size >= mostRead) bytesOf.clear();
      bytesOf.set(digest, { atMs, bytes });
      return bytes;
    },
  };
}
