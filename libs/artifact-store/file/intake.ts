import { readFile, stat } from 'node:fs/promises';
import { isDomainError, toInstant } from '#kernel';
import { digestBytes } from '#evidence';
import type { BlobStat, PutOptions } from '../artifact-store.js';
import { cancelled, unreadable } from './errors.js';
import { takeInCopy, takeInStream } from './file-intake.js';
import { packedBytes } from './layout.js';
import { checkExpected, checkSize } from './put-checks.js';
import type { Place } from './settle.js';
import { pieces, SourceFailed } from './source.js';

/** Bytes become a blob: in the pack when they are few, in a file otherwise. */
export async function takeIn(
  place: Place,
  source: Uint8Array | AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<BlobStat> {
  if (source instanceof Uint8Array && source.length <= packedBytes) return pack(place, source, options);
  const read = pieces(source, options.signal);
  try {
    const head = await beginning(read, options);
    return head.whole
      ? await pack(place, head.bytes, options)
      : await takeInStream(place, joined(head.bytes, read), options);
  } catch (error) {
    throw error instanceof SourceFailed ? error.reason : error;
  } finally {
    await read.return();
  }
}

/** As much as would go into the pack, and a piece more when there is more. Copied: a source may use its memory again. */
async function beginning(read: AsyncGenerator<Uint8Array, void>, options: PutOptions) {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  while (sizeBytes <= packedBytes) {
    const next = await read.next();
    if (next.done) return { bytes: Buffer.concat(parts), whole: true };
    sizeBytes += next.value.length;
    checkSize(sizeBytes, options);
    parts.push(Buffer.from(next.value));
  }
  return { bytes: Buffer.concat(parts), whole: false };
}

async function* joined(head: Uint8Array, rest: AsyncGenerator<Uint8Array, void>) {
  yield head;
  yield* rest;
}

async function pack(place: Place, bytes: Uint8Array, options: PutOptions): Promise<BlobStat> {
  if (options.signal?.aborted) throw cancelled();
  checkSize(bytes.length, options);
  const digest = digestBytes(bytes);
  checkExpected(digest, options);
  try {
    const { sizeBytes, storedAtMs } = await place.pack.put(digest, bytes, options.settleLater);
    return { digest, sizeBytes, storedAt: toInstant(storedAtMs) };
  } catch (error) {
    // A pack that is damaged takes nothing in at that place; as a file the blob is whole again.
    if (!isDomainError(error) || error.kind !== 'integrity') throw error;
    return takeInStream(place, one(bytes), options);
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}

/** A local file becomes a blob. */
export async function takeInFile(place: Place, path: string, options: PutOptions): Promise<BlobStat> {
  const found = await stat(path).catch((error: unknown) => unreadable(path, error));
  if (!found.isFile()) return unreadable(path, undefined);
  checkSize(found.size, options);
  if (options.signal?.aborted) throw cancelled();
  if (found.size <= packedBytes) {
    const bytes = await readFile(path).catch((error: unknown) => unreadable(path, error));
    // Else it has grown meanwhile.
    if (bytes.length <= packedBytes) return pack(place, bytes, options);
  }
  return takeInCopy(place, path, options);
}
