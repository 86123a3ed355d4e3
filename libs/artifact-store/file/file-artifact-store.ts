import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, mkdir, readdir, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DomainError, killAt, toInstant, type Digest } from '#kernel';
import { digestStream } from '#evidence';
import type { ArtifactStore, BlobStat } from '../artifact-store.js';
import { deliver, notFound } from './delivery.js';
import { isMissing, toDomainError } from './errors.js';
import { takeIn, takeInFile } from './intake.js';
import { blobPath, blobRoot, incoming } from './layout.js';

export interface FileArtifactStoreOptions {
  readonly dir: string;
  /** `point#count` at which the process is killed; for tests. */
  readonly fault?: string | undefined;
}

const readLimitBytes = 16 * 2 ** 20;

/**
 * Blobs as read-only files in a folder, named by their digests.
 * @throws STORAGE_READ_ONLY, STORAGE_FULL
 */
export async function openFileArtifactStore({
  dir,
  fault,
}: FileArtifactStoreOptions): Promise<ArtifactStore> {
  const reach = killAt(fault) ?? (() => undefined);
  const folders = new Set<string>();
  try {
    // What a crash left unfinished; nothing in it was ever promised to anyone.
    await rm(incoming(dir), { recursive: true, force: true });
    await mkdir(incoming(dir), { recursive: true });
    await mkdir(blobRoot(dir), { recursive: true });
  } catch (error) {
    throw toDomainError(error);
  }

  const statOf = async (digest: Digest): Promise<BlobStat | undefined> => {
    try {
      const { size, mtimeMs } = await stat(blobPath(dir, digest));
      return { digest, sizeBytes: size, storedAt: toInstant(mtimeMs) };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw toDomainError(error);
    }
  };

  const hashFile = (path: string) => digestStream(createReadStream(path, { highWaterMark: 2 ** 20 }));

  return {
    async put(bytes, options = {}) {
      const source = bytes instanceof Uint8Array ? [bytes] : bytes;
      return takeIn(dir, folders, source, options, reach);
    },
    putFile: (path, options = {}) => takeInFile(dir, folders, path, options, reach, hashFile),
    get: (digest, range) => deliver(blobPath(dir, digest), digest, range),
    stat: statOf,

    async read(digest, maxBytes = readLimitBytes) {
      const found = await statOf(digest);
      if (found === undefined) throw notFound(digest);
      if (found.sizeBytes > maxBytes) {
        throw new DomainError(
          'exhausted',
          'BLOB_TOO_LARGE',
          `${digest} has ${found.sizeBytes} bytes; at most ${maxBytes} here`,
        );
      }
      const parts: Uint8Array[] = [];
      for await (const part of deliver(blobPath(dir, digest), digest)) parts.push(part);
      return parts.length === 1 ? (parts[0] as Uint8Array) : new Uint8Array(Buffer.concat(parts));
    },

    async materialise(digest, path, { executable = false } = {}) {
      try {
        await pipeline(deliver(blobPath(dir, digest), digest), createWriteStream(path, { flags: 'wx' }));
        await chmod(path, executable ? 0o755 : 0o644);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await rm(path, { force: true });
        throw toDomainError(error);
      }
    },

    async missing(digests) {
      const found = await Promise.all(digests.map(statOf));
      return digests.filter((_, i) => found[i] === undefined);
    },

    async *list({ after } = {}) {
      const from = after?.slice('sha256:'.length) ?? '';
      for (const first of await namesIn(blobRoot(dir), from.slice(0, 2))) {
        for (const second of await namesIn(
          join(blobRoot(dir), first),
          first === from.slice(0, 2) ? from.slice(2, 4) : '',
        )) {
          for (const hex of await namesIn(join(blobRoot(dir), first, second))) {
            const found = hex > from ? await statOf(`sha256:${hex}` as Digest) : undefined;
            if (found) yield found;
          }
        }
      }
    },

    async verify(digest) {
      if ((await statOf(digest)) === undefined) return 'missing';
      const { digest: actual } = await digestStream(deliver(blobPath(dir, digest), digest, { offset: 0 }));
      return actual === digest ? 'intact' : 'corrupt';
    },

    async delete(digest) {
      try {
        await unlink(blobPath(dir, digest));
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw toDomainError(error);
      }
    },

    close: () => Promise.resolve(),
  };
}

/** Names in a folder from `from` on, in byte order. */
const namesIn = async (path: string, from = ''): Promise<string[]> =>
  (await readdir(path)).filter((name) => name >= from).sort();
