import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
} from '@aws-sdk/client-s3';
import type { AtMost } from '#kernel';
import type { Bucket } from './bucket.js';
import type { Spooled } from './spool.js';

/** Parts of one blob that are on their way together. */
const together = 3;

/** Bytes under a key, checked by the server against their SHA-256; seen by nobody before they are whole. */
export async function putWhole(
  bucket: Bucket,
  key: string,
  bytes: Uint8Array,
  checksum: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const sha256 = Buffer.from(checksum, 'base64').toString('hex');
  const headers = { 'x-amz-checksum-sha256': checksum, 'content-length': `${bytes.length}` };
  const short = { method: 'PUT', key, headers, body: bytes, sha256 } as const;
  const answer = await bucket.ask(short, { signal, sizeBytes: bytes.length });
  if (answer !== undefined) return void answer.resume();
  const command = new PutObjectCommand({
    Bucket: bucket.name,
    Key: key,
    Body: bytes,
    ChecksumSHA256: checksum,
  });
  await bucket.send(command, { signal, sizeBytes: bytes.length });
}

/** Sends what is spooled, in parts when there are several; an upload that fails leaves no parts behind. */
export async function upload(
  bucket: Bucket,
  key: string,
  spooled: Spooled,
  turns: AtMost,
  signal: AbortSignal | undefined,
): Promise<void> {
  const [only, ...more] = spooled.parts as [string, ...string[]];
  if (more.length === 0) return turns(async () => putWhole(bucket, key, await spooled.read(0), only, signal));
  const at = { Bucket: bucket.name, Key: key };
  const begun = await bucket.send(new CreateMultipartUploadCommand({ ...at, ChecksumAlgorithm: 'SHA256' }), {
    signal,
  });
  const one = { ...at, UploadId: begun.UploadId };
  try {
    const Parts = await sendParts(bucket, one, spooled, turns, signal);
    await bucket.send(new CompleteMultipartUploadCommand({ ...one, MultipartUpload: { Parts } }), {
      signal,
      atServer: true,
    });
  } catch (error) {
    await bucket.send(new AbortMultipartUploadCommand(one), { withinMs: 2_000 }).catch(() => undefined);
    throw error;
  }
}

/** The first part that fails ends the others; returns when none is on its way any more. */
async function sendParts(
  bucket: Bucket,
  one: { readonly Bucket: string; readonly Key: string; readonly UploadId: string | undefined },
  spooled: Spooled,
  turns: AtMost,
  signal: AbortSignal | undefined,
): Promise<CompletedPart[]> {
  const failed = new AbortController();
  const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const sent: CompletedPart[] = [];
  let next = 0;
  const send = async (part: number) => {
    const bytes = await spooled.read(part);
    const ChecksumSHA256 = spooled.parts[part] as string;
    const PartNumber = part + 1;
    const command = new UploadPartCommand({ ...one, PartNumber, Body: bytes, ChecksumSHA256 });
    const { ETag } = await bucket.send(command, { signal: either, sizeBytes: bytes.length });
    sent[part] = { PartNumber, ETag, ChecksumSHA256 };
  };
  const line = async () => {
    while (next < spooled.parts.length && !either.aborted) {
      const part = next++;
      await turns(() => send(part));
    }
  };
  const errors: unknown[] = [];
  const lines = Array.from({ length: together }, () =>
    line().catch((error: unknown) => {
      errors.push(error);
      failed.abort();
    }),
  );
  await Promise.all(lines);
  if (errors.length > 0) throw errors[0];
  return sent;
}
