import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError, epochMs, type Clock, type Digest, type FaultPoint } from '#kernel';
import type { ArtifactStore, StoredBlob } from '#artifact-store';
import { inTurns } from './turns.js';

export interface Upload {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface UploadsOptions {
  readonly artifacts: ArtifactStore;
  /** Unfinished uploads, one file each; survives a restart. */
  readonly dir: string;
  readonly clock: Clock;
  /** Largest blob taken; default 64 GiB. */
  readonly maxBlobBytes?: number;
  /** Where tests kill the process: `uploads:mid-stage`, `uploads:staged`. */
  readonly reach?: FaultPoint;
}

/** Takes blobs from clients that may lose their connection: an upload goes on where it stopped. */
export interface Uploads {
  /** How many bytes are here already; `complete` when the store holds and has hashed the blob. */
  held(upload: Upload): Promise<{ readonly offset: number; readonly complete: boolean }>;
  /**
   * Takes the bytes from `offset` on; pulls them only as fast as they are written. What has arrived stays when the
   * connection breaks. Of two clients with the same blob one waits for the other, and gets its result.
   * @throws UPLOAD_OFFSET (conflict, facts `{offset}`) go on there · UPLOAD_INCOMPLETE · UPLOAD_TOO_LONG · UPLOAD_SILENT (timeout) · BLOB_TOO_LARGE ·
   * BLOB_DIGEST_MISMATCH: nothing is kept
   */
  receive(
    upload: Upload & { readonly offset: number },
    bytes: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<StoredBlob>;
}

/** Smaller blobs skip the staging file: sending them again costs less than keeping track. */
const stagedFromBytes = 1024 * 1024;
/** A client that sends nothing for so long has gone; what it has sent stays. */
const longestSilenceMs = 60_000;
const keepUnfinishedMs = 24 * 60 * 60 * 1000;

export async function openUploads(options: UploadsOptions): Promise<Uploads> {
  const { artifacts, dir, clock, maxBlobBytes = 64 * 2 ** 30, reach } = options;
  const inTurn = inTurns();
  await mkdir(dir, { recursive: true });
  await dropAbandoned(dir, artifacts, epochMs(clock.now()) - keepUnfinishedMs);
  const stagedAt = ({ digest, sizeBytes }: Upload) =>
    join(dir, `${digest.slice('sha256:'.length)}-${sizeBytes}.part`);

  async function receive(
    upload: Upload & { readonly offset: number },
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): Promise<StoredBlob> {
    const { digest, sizeBytes, offset } = upload;
    const present = await artifacts.stat(digest);
    if (present) return present;
    if (sizeBytes <= stagedFromBytes) {
      if (offset !== 0) throw wrongOffset(0);
      const whole = measured(heard(bytes, clock), upload, signal);
      return artifacts.put(whole, { expected: digest, maxBytes: sizeBytes, ...(signal ? { signal } : {}) });
    }
    const path = stagedAt(upload);
    const here = await sizeOf(path);
    if (offset !== here) throw wrongOffset(here);
    await append(path, measured(heard(bytes, clock), upload, signal), reach);
    reach?.('uploads:staged');
    try {
      return await artifacts.putFile(path, { expected: digest });
    } finally {
      // Taken in, or not what was announced: either way these bytes are of no further use.
      await rm(path, { force: true });
    }
  }

  return {
    async held(upload) {
      checkUpload({ ...upload, offset: 0 }, maxBlobBytes);
      const present = await artifacts.stat(upload.digest);
      if (present) return { offset: present.sizeBytes, complete: true };
      return { offset: await sizeOf(stagedAt(upload)), complete: false };
    },
    async receive(upload, bytes, signal) {
      checkUpload(upload, maxBlobBytes);
      return inTurn(upload.digest, () => receive(upload, bytes, signal));
    },
  };
}

/** The bytes, for as long as they keep coming: a connection that died unnoticed must not hold up the next one. */
async function* heard(bytes: AsyncIterable<Uint8Array>, clock: Clock): AsyncGenerator<Uint8Array, void> {
  const iterator = bytes[Symbol.asyncIterator]();
  try {
    for (;;) {
      const silence = Promise.withResolvers<never>();
      const message = 'no bytes have arrived for a minute; go on with the upload when you can';
      const stop = clock.after(longestSilenceMs, () =>
        silence.reject(new DomainError('timeout', 'UPLOAD_SILENT', message)),
      );
      const { done, value } = await Promise.race([iterator.next(), silence.promise]).finally(stop);
      if (done) return;
      yield value;
    }
  } finally {
    // Not awaited: a source that is silent now would hold us up here as well.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/** Passes the bytes on while they fit; ends only when they are exactly as many as were announced. */
async function* measured(
  bytes: AsyncIterable<Uint8Array>,
  { sizeBytes, offset }: Upload & { readonly offset: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  let arrived = offset;
  for await (const piece of bytes) {
    if (signal?.aborted) throw new DomainError('cancelled', 'CANCELLED', 'the caller has gone');
    arrived += piece.length;
    if (arrived > sizeBytes) {
      const message = `more than the ${sizeBytes} bytes announced`;
      throw new DomainError('invalid', 'UPLOAD_TOO_LONG', message, { facts: { sizeBytes } });
    }
    if (piece.length > 0) yield piece;
  }
  if (arrived === sizeBytes) return;
  const message = `${arrived} of ${sizeBytes} bytes have arrived; send the rest`;
  throw new DomainError('invalid', 'UPLOAD_INCOMPLETE', message, { facts: { offset: arrived, sizeBytes } });
}

async function append(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  reach: FaultPoint | undefined,
): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    for await (const piece of bytes) {
      await file.appendFile(piece).catch(full);
      reach?.('uploads:mid-stage');
    }
  } finally {
    await file.close();
  }
}

function full(error: NodeJS.ErrnoException): never {
  if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') throw error;
  throw new DomainError('exhausted', 'STORAGE_FULL', 'the disk is full; free some space', { cause: error });
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** What nobody goes on with: it is old, or its blob is here already because a crash came after that was stored. */
async function dropAbandoned(dir: string, artifacts: ArtifactStore, beforeMs: number): Promise<void> {
  for (const name of await readdir(dir)) {
    const hex = /^([0-9a-f]{64})-\d+\.part$/.exec(name)?.[1];
    if (hex === undefined) continue;
    const path = join(dir, name);
    const { mtimeMs } = await stat(path);
    const stored = await artifacts.stat(`sha256:${hex}` as Digest);
    if (stored !== undefined || mtimeMs < beforeMs) await rm(path, { force: true });
  }
}

function checkUpload({ sizeBytes, offset }: Upload & { readonly offset: number }, maxBytes: number): void {
  const whole = (value: number) => Number.isSafeInteger(value) && value >= 0;
  if (!whole(sizeBytes) || !whole(offset) || offset > sizeBytes) {
    const message = 'size and offset are whole numbers, and the offset lies within the size';
    throw new DomainError('invalid', 'UPLOAD_SIZE', message);
  }
  if (sizeBytes <= maxBytes) return;
  throw new DomainError('exhausted', 'BLOB_TOO_LARGE', `${sizeBytes} bytes; at most ${maxBytes} here`, {
    facts: { maxBytes },
  });
}

const wrongOffset = (offset: number): DomainError =>
  new DomainError('conflict', 'UPLOAD_OFFSET', `${offset} bytes are here; go on from there`, {
    facts: { offset },
  });
