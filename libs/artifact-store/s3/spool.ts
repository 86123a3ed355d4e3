import { createHash, randomUUID, type Hash } from 'node:crypto';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '#kernel';
import { createDigester } from '#evidence';
import type { PutOptions } from '../artifact-store.js';
import { cancelled, toDomainError, unreadable } from '../errors.js';
import { checkExpected, checkSize } from '../put-checks.js';
import { pieceBytes, SourceFailed } from '../source.js';
import { writeAll } from '../write-out.js';

/** Bytes sent in one request. */
export const partBytes = 8 * 2 ** 20;
/** S3 takes at most 10,000 parts: 78 GiB. */
const mostBytes = 10_000 * partBytes;

/** Bytes on the local disk that are whole and hashed, on their way to the bucket. */
export interface Spooled {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** SHA-256 of each part, in base64 as S3 writes it; of the whole when there is only one. */
  readonly parts: readonly string[];
  /** @throws FILE_UNREADABLE when it no longer has the bytes that were hashed */
  read(part: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Writes a source into a file without a name: whatever happens to this process, nothing is left of it. */
export async function spool(
  dir: string,
  source: AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<Spooled> {
  const path = join(dir, `holdfast-${randomUUID()}`);
  const opened = await open(path, 'wx+', 0o600).catch(diskFault);
  return hashed(opened, path, options, async function* (file) {
    await unlink(path);
    for await (const bytes of source) {
      await writeAll(file, bytes);
      yield bytes;
    }
  });
}

/** A local file where it lies. */
export async function spooledFile(path: string, options: PutOptions): Promise<Spooled> {
  const opened = await open(path, 'r').catch((error: unknown) => unreadable(path, error));
  return hashed(opened, path, options, async function* (file) {
    const buffer = Buffer.allocUnsafe(pieceBytes);
    for (let position = 0; ;) {
      const { bytesRead } = await file.read(buffer, 0, pieceBytes, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  });
}

interface Part {
  readonly bytes: Uint8Array;
  readonly checksum: string;
}

async function hashed(
  file: FileHandle,
  path: string,
  options: PutOptions,
  bytes: (file: FileHandle) => AsyncIterable<Uint8Array>,
): Promise<Spooled> {
  try {
    const whole = createDigester();
    const parts = partDigester();
    for await (const piece of bytes(file)) {
      if (options.signal?.aborted) throw cancelled();
      whole.update(piece);
      checkSize(whole.sizeBytes, { maxBytes: Math.min(options.maxBytes ?? mostBytes, mostBytes) });
      parts.update(piece);
    }
    const { sizeBytes } = whole;
    const digest = whole.digest();
    checkExpected(digest, options);
    const checksums = parts.digests();
    const read = async (part: number) => {
      const { bytes: here, checksum } = await readPart(file, part, sizeBytes);
      return checksum === checksums[part] ? here : unreadable(path, 'it changed');
    };
    return { digest, sizeBytes, parts: checksums, read, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error instanceof SourceFailed ? error : toDomainError(error);
  }
}

function partDigester() {
  const done: string[] = [];
  let open: Hash = createHash('sha256');
  let left = partBytes;
  return {
    update(bytes: Uint8Array) {
      for (let at = 0; at < bytes.length;) {
        if (left === 0) {
          done.push(open.digest('base64'));
          open = createHash('sha256');
          left = partBytes;
        }
        const some = bytes.subarray(at, at + left);
        open.update(some);
        at += some.length;
        left -= some.length;
      }
    },
    digests: () => [...done, open.digest('base64')],
  };
}

/** Hashed once more on the way: what lies on a disk may change. */
async function readPart(file: FileHandle, part: number, sizeBytes: number): Promise<Part> {
  const from = part * partBytes;
  const bytes = Buffer.allocUnsafe(Math.min(partBytes, sizeBytes - from));
  const sha256 = createHash('sha256');
  for (let at = 0; at < bytes.length;) {
    const most = Math.min(pieceBytes, bytes.length - at);
    const { bytesRead } = await file.read(bytes, at, most, from + at).catch(diskFault);
    if (bytesRead === 0) break;
    sha256.update(bytes.subarray(at, at + bytesRead));
    at += bytesRead;
  }
  return { bytes, checksum: sha256.digest('base64') };
}

function diskFault(error: unknown): never {
  throw toDomainError(error);
}
