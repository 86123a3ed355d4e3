import { access, constants, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders, syncPath } from '#disk';
import { DomainError, killAt } from '#kernel';
import type { ArtifactStore } from '../artifact-store.js';
import { lifetime } from '../lifetime.js';
import { takeIn, takeInFile } from '../take-in.js';
import { writeOut } from '../write-out.js';
import { deliver } from './delivery.js';
import { isMissing, notFound, toDomainError } from '../errors.js';
import { openBlobFolders } from './folders.js';
import { closeIncoming, openIncoming } from './incoming.js';
import { intakeOf } from './intake.js';
import { blobPath, blobRoot } from './layout.js';
import { listBlobs, statBlob, statFile } from './listing.js';
import { locate, verifyBlob } from './locate.js';
import { openPack } from './pack.js';
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
  const { dir } = options;
  const place = await openPlace(options);
  const { assertOpen, tracked, end } = lifetime();

  return {
    async put(bytes, putOptions = {}) {
      assertOpen();
      return tracked(takeIn(bytes, putOptions, intakeOf(place, putOptions)));
    },
    async putFile(path, putOptions = {}) {
      assertOpen();
      return tracked(takeInFile(path, putOptions, intakeOf(place, putOptions)));
    },
    async settle() {
      assertOpen();
      await place.pack.settle();
    },
    async *get(digest, range, getOptions) {
      assertOpen();
      yield* deliver(await locate(place, digest), digest, range, getOptions);
    },
    async read(digest, maxBytes = readLimitBytes) {
      assertOpen();
      const located = await locate(place, digest);
      const sizeBytes = 'bytes' in located ? located.bytes.length : (await statFile(dir, digest))?.sizeBytes;
      if (sizeBytes === undefined) throw notFound(digest);
      if (sizeBytes > maxBytes) {
        const message = `${digest} has ${sizeBytes} bytes; at most ${maxBytes} here`;
        throw new DomainError('exhausted', 'BLOB_TOO_LARGE', message);
      }
      if ('bytes' in located && located.intact) return located.bytes;
      const parts = await Array.fromAsync(deliver(located, digest));
      return parts.length === 1 ? (parts[0] as Uint8Array) : new Uint8Array(Buffer.concat(parts));
    },
    async materialise(digest, path, { executable = false } = {}) {
      assertOpen();
      const bytes = deliver(await locate(place, digest), digest, undefined, { lent: true });
      await writeOut(bytes, path, executable);
    },
    async stat(digest) {
      assertOpen();
      return statBlob(place, digest);
    },
    async missing(digests) {
      assertOpen();
      const absent = [];
      for (let i = 0; i < digests.length; i += together) {
        const some = digests.slice(i, i + together);
        const found = await Promise.all(some.map((digest) => statBlob(place, digest)));
        absent.push(...some.filter((_, j) => found[j] === undefined));
      }
      return absent;
    },
    async *list({ after } = {}) {
      assertOpen();
      yield* listBlobs(place, after);
    },
    async verify(digest) {
      assertOpen();
      return verifyBlob(place, digest);
    },
    async delete(digest) {
      assertOpen();
      const path = blobPath(dir, digest);
      const wasPacked = place.pack.remove(digest);
      const wasFile = await unlink(path).then(
        () => true,
        (error: unknown) => {
          if (isMissing(error)) return false;
          throw toDomainError(error);
        },
      );
      return wasPacked || wasFile;
    },
    async probe() {
      assertOpen();
      await access(blobRoot(dir), constants.R_OK | constants.W_OK).catch((error: unknown) => {
        throw toDomainError(error);
      });
    },
    async close() {
      if (!(await end())) return;
      await place.pack.close();
      await closeIncoming(place.incoming);
    },
  };
}

async function openPlace({ dir, fault }: FileArtifactStoreOptions): Promise<Place> {
  const reach = killAt(fault) ?? (() => undefined);
  try {
    const root = blobRoot(dir);
    makeFolders(root);
    await syncPath(dirname(root));
    const incoming = await openIncoming(dir);
    const pack = await openPack(dir, { reach }).catch(async (error: unknown) => {
      await closeIncoming(incoming);
      throw error;
    });
    await syncPath(dir);
    return { dir, incoming, folders: openBlobFolders(dir), pack, reach };
  } catch (error) {
    throw toDomainError(error);
  }
}
