import { DeleteObjectCommand, HeadBucketCommand } from '@aws-sdk/client-s3';
import { tmpdir } from 'node:os';
import { atMost, DomainError, epochMs, isDomainError, systemClock, type Clock } from '#kernel';
import type { ArtifactStore } from '../artifact-store.js';
import { lifetime } from '../lifetime.js';
import { takeIn, takeInFile } from '../take-in.js';
import { writeOut } from '../write-out.js';
import { endAbandonedUploads } from './abandoned.js';
import { openBucket, type Bucket, type BucketOptions } from './bucket.js';
import { deliver, verifyBlob } from './delivery.js';
import { statusOf } from './errors.js';
import { intakeOf, type Place } from './intake.js';
import { keyOf } from './keys.js';
import { absentOf, listBlobs, look } from './listing.js';

export interface S3ArtifactStoreOptions extends BucketOptions {
  /** For bytes on their way in that are not small; the system's folder for temporary files when absent. */
  readonly spoolDir?: string;
  /** Says which unfinished uploads are old. */
  readonly clock?: Clock;
  /** Blobs asked for in one request of a list, at most 1,000; for tests. */
  readonly pageBlobs?: number;
}

const readLimitBytes = 16 * 2 ** 20;
const probeMs = 3_000;
/** Parts of 8 MiB in memory at the same time. */
const partsTogether = 3;

/**
 * Blobs as objects of a bucket, named by their digests. Any number of processes may have it open.
 * @throws STORAGE_MISSING, STORAGE_DENIED, STORAGE_UNREACHABLE
 */
export async function openS3ArtifactStore(options: S3ArtifactStoreOptions): Promise<ArtifactStore> {
  const { spoolDir = tmpdir(), clock = systemClock, pageBlobs = 1000 } = options;
  const bucket = openBucket(options);
  await probe(bucket).catch((error: unknown) => {
    bucket.close();
    throw error;
  });
  const place: Place = { bucket, spoolDir, turns: atMost(partsTogether) };
  const { assertOpen, tracked, end } = lifetime();
  tracked(endAbandonedUploads(bucket, epochMs(clock.now()))).catch(() => undefined);

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
    },
    async *get(digest, range) {
      assertOpen();
      yield* deliver(bucket, digest, range);
    },
    async read(digest, maxBytes = readLimitBytes) {
      assertOpen();
      return new Uint8Array(
        Buffer.concat(await Array.fromAsync(deliver(bucket, digest, undefined, maxBytes))),
      );
    },
    async materialise(digest, path, { executable = false } = {}) {
      assertOpen();
      await writeOut(deliver(bucket, digest), path, executable);
    },
    async stat(digest) {
      assertOpen();
      const found = await look(bucket, digest);
      return found && { digest, sizeBytes: found.sizeBytes, storedAt: found.storedAt };
    },
    async missing(digests) {
      assertOpen();
      return absentOf(bucket, digests);
    },
    async *list({ after } = {}) {
      assertOpen();
      yield* listBlobs(bucket, after, pageBlobs);
    },
    async verify(digest) {
      assertOpen();
      return verifyBlob(bucket, digest);
    },
    async delete(digest) {
      assertOpen();
      if ((await look(bucket, digest)) === undefined) return false;
      await bucket.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: keyOf(bucket.prefix, digest) }));
      return true;
    },
    async probe() {
      assertOpen();
      await probe(bucket);
    },
    async close() {
      if (await end()) bucket.close();
    },
  };
}

async function probe(bucket: Bucket): Promise<void> {
  try {
    await bucket.send(new HeadBucketCommand({ Bucket: bucket.name }), { withinMs: probeMs });
  } catch (error) {
    // The answer to a HEAD has no name.
    if (!isDomainError(error) || statusOf(error) !== 404) throw error;
    const message = `there is no bucket ${bucket.name}; create it or correct HOLDFAST_ARTIFACT_STORE`;
    throw new DomainError('unavailable', 'STORAGE_MISSING', message, { facts: error.facts });
  }
}
