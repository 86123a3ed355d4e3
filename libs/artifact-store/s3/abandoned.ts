import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import type { Bucket } from './bucket.js';
import { blobsBelow } from './keys.js';

/** After this long an upload counts as abandoned: no single put takes so long. */
const abandonedMs = 24 * 60 * 60 * 1000;

/**
 * Ends uploads that a process left when it was killed: their parts are paid for and seen by nobody. A policy may forbid that;
 * then the bucket's own rule for unfinished uploads has to.
 */
export async function endAbandonedUploads(bucket: Bucket, nowMs: number): Promise<void> {
  const at = { Bucket: bucket.name };
  const page = await bucket.send(
    new ListMultipartUploadsCommand({ ...at, Prefix: blobsBelow(bucket.prefix) }),
  );
  for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
    if (nowMs - (Initiated?.getTime() ?? nowMs) > abandonedMs)
      await bucket.send(new AbortMultipartUploadCommand({ ...at, Key, UploadId }));
  }
}
