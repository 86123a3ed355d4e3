import { HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { atMost, toInstant, type Digest } from '#kernel';
import type { BlobStat } from '../artifact-store.js';
import { hexOf } from '../hex-of.js';
import type { Bucket } from './bucket.js';
import { statusOf } from './errors.js';
import { blobsBelow, digestOf, keyOf } from './keys.js';

/** What is known of a blob without reading it. */
export interface Found extends BlobStat {
  /** The SHA-256 that the server took when it came, in base64; of its parts' sums, with their number, when it came in parts. */
  readonly checksum?: string | undefined;
}

/** Blobs asked for together. */
const together = 32;

export async function look(bucket: Bucket, digest: Digest, signal?: AbortSignal): Promise<Found | undefined> {
  const key = { Bucket: bucket.name, Key: keyOf(bucket.prefix, digest) };
  const headers = { 'x-amz-checksum-mode': 'ENABLED' };
  const answer = await bucket.ask({ method: 'HEAD', key: key.Key, headers }, { signal });
  if (answer !== undefined) {
    answer.resume();
    if (answer.statusCode === 404) return undefined;
    const {
      'content-length': length,
      'last-modified': modified,
      'x-amz-checksum-sha256': sum,
    } = answer.headers;
    return {
      ...statOf(digest, Number(length), new Date(modified ?? 0)),
      checksum: sum as string | undefined,
    };
  }
  try {
    const found = await bucket.send(new HeadObjectCommand({ ...key, ChecksumMode: 'ENABLED' }), { signal });
    return { ...statOf(digest, found.ContentLength, found.LastModified), checksum: found.ChecksumSHA256 };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** Those that are not there, in the order given. */
export async function absentOf(bucket: Bucket, digests: readonly Digest[]): Promise<Digest[]> {
  digests.forEach(hexOf);
  const inTurn = atMost(together);
  const found = await Promise.all(digests.map((digest) => inTurn(() => look(bucket, digest))));
  return digests.filter((_, i) => found[i] === undefined);
}

/** Every blob after `after`, page by page. Strangers in the bucket are passed over. */
export async function* listBlobs(
  bucket: Bucket,
  after: Digest | undefined,
  pageBlobs: number,
): AsyncGenerator<BlobStat, void> {
  const within = { Bucket: bucket.name, Prefix: blobsBelow(bucket.prefix), MaxKeys: pageBlobs };
  let from = after === undefined ? undefined : keyOf(bucket.prefix, after);
  for (;;) {
    const page = await bucket.send(new ListObjectsV2Command({ ...within, StartAfter: from }));
    for (const { Key = '', Size, LastModified } of page.Contents ?? []) {
      const digest = digestOf(bucket.prefix, Key);
      if (digest !== undefined) yield statOf(digest, Size, LastModified);
      from = Key;
    }
    if (!page.IsTruncated) return;
  }
}

/** Whole seconds: that is what some servers keep, and what all tell of one blob. */
const statOf = (digest: Digest, sizeBytes = 0, storedAt = new Date(0)): BlobStat => ({
  digest,
  sizeBytes,
  storedAt: toInstant(Math.floor(storedAt.getTime() / 1000) * 1000),
});
