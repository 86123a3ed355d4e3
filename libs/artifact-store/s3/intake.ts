import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { createHash, randomUUID } from 'node:crypto';
import type { AtMost, Digest } from '#kernel';
import type { PutOptions, StoredBlob } from '../artifact-store.js';
import type { Intake } from '../take-in.js';
import type { Bucket } from './bucket.js';
import { nameOf, statusOf } from './errors.js';
import { keyOf } from './keys.js';
import { look } from './listing.js';
import { spool, spooledFile, type Spooled } from './spool.js';
import { putWhole, upload } from './upload.js';

/** Where an open store keeps what. */
export interface Place {
  readonly bucket: Bucket;
  /** For bytes on their way. */
  readonly spoolDir: string;
  /** Of all parts of all blobs: each is held in memory. */
  readonly turns: AtMost;
}

/** S3 copies at most this much in one request. */
const copyLimitBytes = 5 * 2 ** 30;

export const intakeOf = (place: Place, options: PutOptions): Intake => ({
  smallBytes: 512 * 1024,
  small: (bytes, digest) => putSmall(place, bytes, digest, options),
  large: async (bytes) => putLarge(place, await spool(place.spoolDir, bytes, options), options),
  largeFile: async (path) => putLarge(place, await spooledFile(path, options), options),
});

/** Sent whether it is there or not: that renews and heals, and costs less than asking first. */
async function putSmall(
  { bucket }: Place,
  bytes: Uint8Array,
  digest: Digest,
  { signal }: PutOptions,
): Promise<StoredBlob> {
  await putWhole(bucket, keyOf(bucket.prefix, digest), bytes, checksumOf(digest), signal);
  return { digest, sizeBytes: bytes.length };
}

async function putLarge(place: Place, spooled: Spooled, { signal }: PutOptions): Promise<StoredBlob> {
  const { bucket, turns } = place;
  const { digest, sizeBytes } = spooled;
  try {
    if (!(await renewed(bucket, spooled, signal)))
      await upload(bucket, keyOf(bucket.prefix, digest), spooled, turns, signal).catch(
        async (error: unknown) => {
          // Its last answer may have been lost: asked again, the server knows of no such upload any more.
          if (nameOf(error) !== 'NoSuchUpload' || !(await renewed(bucket, spooled, signal))) throw error;
        },
      );
    return { digest, sizeBytes };
  } finally {
    await spooled.close();
  }
}

/**
 * Whether these bytes are there, by the sum that the server took of them when they came, and now count as new. What has no
 * such sum, or another, is not believed.
 */
async function renewed(bucket: Bucket, spooled: Spooled, signal?: AbortSignal): Promise<boolean> {
  const { digest, sizeBytes } = spooled;
  const found = await look(bucket, digest, signal);
  if (found?.sizeBytes !== sizeBytes || sizeBytes > copyLimitBytes) return false;
  if (found.checksum !== checksumOf(digest) && found.checksum !== composite(spooled)) return false;
  const Key = keyOf(bucket.prefix, digest);
  const onto = { Bucket: bucket.name, Key, CopySource: encodeURI(`${bucket.name}/${Key}`) };
  try {
    // A copy of an object onto itself must change something of it.
    const Metadata = { renewed: randomUUID() };
    const command = new CopyObjectCommand({ ...onto, MetadataDirective: 'REPLACE', Metadata });
    await bucket.send(command, { signal, atServer: true });
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

const checksumOf = (digest: Digest): string =>
  Buffer.from(digest.slice('sha256:'.length), 'hex').toString('base64');

/** The sum that S3 keeps of an object that came in parts: over the sums of the parts, with their number. */
function composite({ parts }: Spooled): string {
  const sums = parts.map((part) => Buffer.from(part, 'base64'));
  return `${createHash('sha256').update(Buffer.concat(sums)).digest('base64')}-${parts.length}`;
}
