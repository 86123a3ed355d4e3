import { mkdir, unlink } from 'node:fs/promises';
import { DomainError, killAt } from '#kernel';
import { digestStream } from '#evidence';
import type { ArtifactStore } from '../artifact-store.js';
import { deliver, rawBytes, writeOut } from './delivery.js';
import { isMissing, notFound, toDomainError } from './errors.js';
import { closeIncoming, openIncoming } from './incoming.js';
import { takeIn, takeInFile } from './intake.js';
import { blobPath, blobRoot } from './layout.js';
import { listBlobs, statBlob } from './listing.js';
import type { Place } from './settle.js';

export interface FileArtifactStoreOptions {
  readonly dir: string;
  /** `point#count` at which the process is killed; for tests. */
  readonly fault?: string | undefined;
}

const readLimitBytes = 16 * 2 ** 20;
/** Files looked at together. */
const together = 64;

/**
 * Blobs as read-only files in a folder, named by their digests. Several processes may have the folder open at once.
 * @throws STORAGE_READ_ONLY, STORAGE_FULL
 */
export async function openFileArtifactStore(options: FileArtifactStoreOptions): Promise<ArtifactStore> {
  const { dir, fault } = options;
  const place = await openPlace(dir, fault);
  const at = (digest: Parameters<ArtifactStore['stat']>[0]) => blobPath(dir, digest);
  const pending = new Set<Promise<unknown>>();
  let closed = false;
  const assertOpen = () => {
    if (closed) throw new DomainError('unavailable', 'STORE_CLOSED', 'the artifact store is closed');
  };
  /** Closing waits for what is being taken in. */
  const tracked = <T>(work: Promise<T>): Promise<T> => {
    const settled = work.catch(() => undefined).finally(() => pending.delete(settled));
    pending.add(settled);
    return work;
  };

  return {
    async put(bytes, putOptions = {}) {
      assertOpen();
      return tracked(takeIn(place, bytes, putOptions));
    },
    async putFile(path, putOptions = {}) {
      assertOpen();
      return tracked(takeInFile(place, path, putOptions));
    },
    async *get(digest, range) {
      assertOpen();
      yield* deliver(at(digest), digest, range);
    },
    async read(digest, maxBytes = readLimitBytes) {
      assertOpen();
      const found = await statBlob(dir, digest);
      if (found === undefined) throw notFound(digest);
      if (found.sizeBytes > maxBytes) {
        const message = `${digest} has ${found.sizeBytes} bytes; at most ${maxBytes} here`;
        throw new DomainError('exhausted', 'BLOB_TOO_LARGE', message);
      }
      const parts = await Array.fromAsync(deliver(at(digest), digest));
      return parts.length === 1 ? (parts[0] as Uint8Array) : new Uint8Array(Buffer.concat(parts));
    },
    async materialise(digest, path, { executable = false } = {}) {
      assertOpen();
      await writeOut(at(digest), digest, path, executable);
    },
    async stat(digest) {
      assertOpen();
      return statBlob(dir, digest);
    },
    async missing(digests) {
      assertOpen();
      const absent = [];
      for (let i = 0; i < digests.length; i += together) {
        const some = digests.slice(i, i + together);
        const found = await Promise.all(some.map((digest) => statBlob(dir, digest)));
        absent.push(...some.filter((_, j) => found[j] === undefined));
      }
      return absent;
    },
    async *list({ after } = {}) {
      assertOpen();
      yield* listBlobs(dir, after);
    },
    async verify(digest) {
      assertOpen();
      const found = await statBlob(dir, digest);
      if (found === undefined) return 'missing';
      try {
        return (await digestStream(rawBytes(at(digest), digest))).digest === digest ? 'intact' : 'corrupt';
      } catch (error) {
        if (error instanceof DomainError && error.code === 'BLOB_NOT_FOUND') return 'missing';
        // Bytes that the disk cannot give back are as bad as wrong ones.
        return 'corrupt';
      }
    },
    async delete(digest) {
      assertOpen();
      try {
        await unlink(at(digest));
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw toDomainError(error);
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      await Promise.all(pending);
      await closeIncoming(place.incoming);
    },
  };
}

async function openPlace(dir: string, fault: string | undefined): Promise<Place> {
  try {
    await mkdir(blobRoot(dir), { recursive: true });
    const incoming = await openIncoming(dir);
    return { dir, incoming, durable: new Set(), reach: killAt(fault) ?? (() => undefined) };
  } catch (error) {
    throw toDomainError(error);
  }
}
