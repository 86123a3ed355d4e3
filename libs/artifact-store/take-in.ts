import { readFile, stat } from 'node:fs/promises';
import type { Digest } from '#kernel';
import { digestBytes } from '#evidence';
import type { PutOptions, StoredBlob } from './artifact-store.js';
import { cancelled, unreadable } from './errors.js';
import { checkExpected, checkSize } from './put-checks.js';
import { pieces, SourceFailed } from './source.js';

/** How an engine keeps what is taken in: few bytes in one go, hashed and found right, more as they come. */
export interface Intake {
  readonly smallBytes: number;
  small(bytes: Uint8Array, digest: Digest): Promise<StoredBlob>;
  large(bytes: AsyncIterable<Uint8Array>): Promise<StoredBlob>;
  /** A regular file that was there and not small when it was looked at. */
  largeFile(path: string): Promise<StoredBlob>;
}

/** Reads a source as far as it takes to know how it is to be kept. An error of the source comes out as it was thrown. */
export async function takeIn(
  source: Uint8Array | AsyncIterable<Uint8Array>,
  options: PutOptions,
  intake: Intake,
): Promise<StoredBlob> {
  const { smallBytes } = intake;
  if (source instanceof Uint8Array && source.length <= smallBytes) return small(intake, source, options);
  const read = pieces(source, options.signal);
  try {
    const head = await beginning(read, smallBytes, options);
    return head.whole
      ? await small(intake, head.bytes, options)
      : await intake.large(joined(head.bytes, read));
  } catch (error) {
    throw error instanceof SourceFailed ? error.reason : error;
  } finally {
    await read.return();
  }
}

/** As much as counts as small, and a piece more when there is more. Copied: a source may use its memory again. */
async function beginning(read: AsyncGenerator<Uint8Array, void>, smallBytes: number, options: PutOptions) {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  while (sizeBytes <= smallBytes) {
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

/** A local file becomes a blob. @throws FILE_UNREADABLE */
export async function takeInFile(path: string, options: PutOptions, intake: Intake): Promise<StoredBlob> {
  const found = await stat(path).catch((error: unknown) => unreadable(path, error));
  if (!found.isFile()) return unreadable(path, undefined);
  checkSize(found.size, options);
  if (options.signal?.aborted) throw cancelled();
  if (found.size <= intake.smallBytes) {
    const bytes = await readFile(path).catch((error: unknown) => unreadable(path, error));
    // Else it has grown meanwhile.
    if (bytes.length <= intake.smallBytes) return small(intake, bytes, options);
  }
  return intake.largeFile(path);
}

async function small(intake: Intake, bytes: Uint8Array, options: PutOptions): Promise<StoredBlob> {
  if (options.signal?.aborted) throw cancelled();
  checkSize(bytes.length, options);
  const digest = digestBytes(bytes);
  checkExpected(digest, options);
  return intake.small(bytes, digest);
}
