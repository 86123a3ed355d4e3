import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { DomainError, type Digest } from '#kernel';
import { digestStream } from '#evidence';
import type { BlobRange } from '../artifact-store.js';
import { notFound } from '../errors.js';
import { checkRange, verified } from '../verified.js';
import type { Bucket } from './bucket.js';
import { nameOf, statusOf, unreachable } from './errors.js';
import { keyOf } from './keys.js';
import { look } from './listing.js';

/** How often a broken answer is asked for again before a byte more has come. */
const patience = 4;
const backoffMs = 50;

/** Streams a blob. A whole one is verified on the way. @throws BLOB_TOO_LARGE before the first byte */
export async function* deliver(
  bucket: Bucket,
  digest: Digest,
  range?: BlobRange,
  maxBytes = Infinity,
): AsyncGenerator<Uint8Array, void> {
  if (range) checkRange(range);
  const bytes = rawBytes(bucket, digest, range, maxBytes);
  yield* range === undefined ? verified(bytes, digest) : bytes;
}

/** Re-hashes what is there. */
export async function verifyBlob(bucket: Bucket, digest: Digest): Promise<'intact' | 'corrupt' | 'missing'> {
  try {
    return (await digestStream(rawBytes(bucket, digest))).digest === digest ? 'intact' : 'corrupt';
  } catch (error) {
    if ((error as DomainError).code === 'BLOB_NOT_FOUND') return 'missing';
    throw error;
  }
}

/** What is there, verified or not. An answer that breaks off, or falls silent, is asked for again from where it ended. */
async function* rawBytes(
  bucket: Bucket,
  digest: Digest,
  { offset, length = Infinity }: BlobRange = { offset: 0 },
  maxBytes = Infinity,
): AsyncGenerator<Uint8Array, void> {
  if (length === 0) return await assertThere(bucket, digest);
  let at = offset;
  let end = offset + length;
  for (let failures = 0; at < end;) {
    const answer = await ask(bucket, digest, at, end);
    if (answer === undefined) return;
    const { sizeBytes, body } = answer;
    end = at + sizeBytes;
    try {
      if (sizeBytes > maxBytes) throw tooLarge(digest, sizeBytes, maxBytes);
      for await (const bytes of unlessSilent(body, bucket.silenceMs)) {
        at += bytes.length;
        failures = 0;
        yield bytes;
      }
    } catch (error) {
      if (error instanceof DomainError) throw error;
      if (++failures > patience) throw unreachable(bucket.name, nameOfBreak(error));
      await new Promise((resolve) => setTimeout(resolve, backoffMs * 2 ** failures));
    }
  }
}

/** Ends a body that gives nothing for so long; a reader may take as long as it likes. */
async function* unlessSilent(body: Readable, silenceMs: number): AsyncGenerator<Uint8Array, void> {
  const iterator = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const timer = setTimeout(() => body.destroy(new Error('no bytes in time')), silenceMs);
      const next = await iterator.next().finally(() => clearTimeout(timer));
      if (next.done) return;
      yield next.value;
    }
  } finally {
    body.destroy();
  }
}

/** Undefined when there is nothing from there on. */
async function ask(
  bucket: Bucket,
  digest: Digest,
  from: number,
  end: number,
): Promise<{ readonly sizeBytes: number; readonly body: Readable } | undefined> {
  const Range =
    from === 0 && end === Infinity ? undefined : `bytes=${from}-${end === Infinity ? '' : end - 1}`;
  const Key = keyOf(bucket.prefix, digest);
  const headers = Range === undefined ? {} : { range: Range };
  const answer = await bucket.ask({ method: 'GET', key: Key, headers });
  if (answer !== undefined) return { sizeBytes: Number(answer.headers['content-length'] ?? 0), body: answer };
  try {
    const found = await bucket.send(new GetObjectCommand({ Bucket: bucket.name, Key, Range }));
    return { sizeBytes: found.ContentLength ?? 0, body: found.Body as Readable };
  } catch (error) {
    if (statusOf(error) === 416) return undefined;
    if (statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket') throw notFound(digest);
    throw error;
  }
}

async function assertThere(bucket: Bucket, digest: Digest): Promise<void> {
  if ((await look(bucket, digest)) === undefined) throw notFound(digest);
}

const tooLarge = (digest: Digest, sizeBytes: number, maxBytes: number): DomainError =>
  new DomainError(
    'exhausted',
    'BLOB_TOO_LARGE',
    `${digest} has ${sizeBytes} bytes; at most ${maxBytes} here`,
  );

const nameOfBreak = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error as Error).name;
