import { createReadStream } from 'node:fs';
import { DomainError, isDomainError, type Clock, type Digest } from '#kernel';
import type { registry } from '#contracts';
import type { Connection } from '#rpc';

/** Bytes on this disk that the server is to hold. */
export interface LocalBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** For messages. */
  readonly name: string;
  readonly from: { readonly file: string } | { readonly bytes: Uint8Array };
}

export interface UploadOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void;
}

type Registry = Connection['registry'];

const askedAtOnce = 10_000;
const together = 4;
const pieceBytes = 256 * 1024;
/** Larger ones go on where they stopped. */
const resumedFromBytes = 1024 * 1024;
const fruitlessAttempts = 5;

/** Sends what the server does not hold, each blob once; what is there is not read. Interrupted uploads go on where they stopped. */
export async function uploadMissing(
  registry: Registry,
  blobs: readonly LocalBlob[],
  options: UploadOptions,
): Promise<{ readonly blobs: number; readonly sizeBytes: number }> {
  const missing = await missingOf(registry, blobs);
  const bytesTotal = missing.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let bytesDone = 0;
  const advance = (bytes: number) => options.onProgress?.((bytesDone += bytes), bytesTotal);
  const queue = missing.values();
  const work = async () => {
    for (const blob of queue) await upload(registry, blob, options, advance);
  };
  await Promise.all(Array.from({ length: Math.min(together, missing.length) }, work));
  return { blobs: missing.length, sizeBytes: bytesTotal };
}

export async function missingOf(registry: Registry, blobs: readonly LocalBlob[]): Promise<LocalBlob[]> {
  const byDigest = new Map(blobs.map((blob) => [blob.digest as string, blob]));
  const digests = [...byDigest.keys()];
  const missing: LocalBlob[] = [];
  for (let i = 0; i < digests.length; i += askedAtOnce) {
    const asked = digests.slice(i, i + askedAtOnce);
    const answer = await registry.missingBlobs({ digests: asked }, { repeatable: true });
    missing.push(...answer.digests.flatMap((digest) => byDigest.get(digest) ?? []));
  }
  return missing;
}

async function upload(
  registry: Registry,
  blob: LocalBlob,
  { clock, signal }: UploadOptions,
  advance: (bytes: number) => void,
): Promise<void> {
  let counted = 0;
  const count = (upTo: number) => {
    if (upTo > counted) advance(upTo - counted);
    counted = Math.max(counted, upTo);
  };
  for (let fruitless = 0, before = 0; ; before = counted) {
    try {
      await uploadRest(registry, blob, count);
      return;
    } catch (error) {
      const goesOn = isDomainError(error) && canGoOn(error);
      fruitless = counted > before ? 0 : fruitless + 1;
      if (!goesOn || fruitless >= fruitlessAttempts) throw mended(error, blob);
      await clock.sleep(100 * 2 ** fruitless, signal);
    }
  }
}

async function uploadRest(
  registry: Registry,
  { digest, sizeBytes, from }: LocalBlob,
  count: (upTo: number) => void,
): Promise<void> {
  const held =
    sizeBytes > resumedFromBytes
      ? await registry.getUpload({ digest, sizeBytes }, { repeatable: true })
      : { offset: 0, complete: false };
  count(held.offset);
  if (held.complete) return;
  const { offset } = held;
  async function* messages(): AsyncGenerator<registry.PutBlobRequest, void> {
    yield { header: { digest, sizeBytes, offset }, data: Buffer.alloc(0) };
    let sent = offset;
    for await (const data of piecesOf(from, offset)) {
      yield { data };
      sent += data.length;
      count(Math.min(sent, sizeBytes));
    }
  }
  await registry.putBlob(messages());
  count(sizeBytes);
}

async function* piecesOf(from: LocalBlob['from'], offset: number): AsyncGenerator<Buffer, void> {
  if ('file' in from) {
    yield* createReadStream(from.file, { start: offset, highWaterMark: pieceBytes });
    return;
  }
  for (let at = offset; at < from.bytes.length; at += pieceBytes)
    yield Buffer.from(from.bytes.subarray(at, at + pieceBytes));
}

const canGoOn = ({ kind, code }: DomainError): boolean =>
  kind === 'unavailable' || code === 'UPLOAD_OFFSET' || code === 'UPLOAD_SILENT';

/** The server found other bytes than were announced: then they are others now than when they were hashed. */
function mended(error: unknown, { name }: LocalBlob): unknown {
  const changed =
    isDomainError(error) &&
    ['BLOB_DIGEST_MISMATCH', 'UPLOAD_INCOMPLETE', 'UPLOAD_TOO_LONG'].includes(error.code);
  if (!changed) return error;
  const message = `${name} changed while it was uploaded; try again when nothing writes there`;
  return new DomainError('conflict', 'FILE_CHANGED', message, { cause: error });
}
