import { DomainError, type Digest } from '#kernel';
import type { ArtifactStore, GetOptions } from '#artifact-store';

export interface Download extends GetOptions {
  readonly digest: Digest;
  /** First byte; default 0. */
  readonly offset?: number;
  /** Bytes; to the end when absent. */
  readonly length?: number;
}

/** Bytes of one message at most; well below what gRPC takes by default (4 MiB). */
export const messageBytes = 256 * 1024;

/**
 * A blob, or a part of it, in pieces of at most {@link messageBytes}; reads one piece ahead of what is asked for. A whole
 * blob is verified before its last piece is given out; who fetches parts hashes what they make.
 * @throws BLOB_NOT_FOUND, BLOB_CORRUPT; RANGE_INVALID for a part that is not within the blob
 */
export async function* download(
  artifacts: ArtifactStore,
  { digest, offset = 0, length, lent = false }: Download,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const whole = offset === 0 && length === undefined;
  const range = { offset, ...(length === undefined ? {} : { length }) };
  for await (const bytes of artifacts.get(digest, whole ? undefined : range, { lent })) {
    for (let at = 0; at < bytes.length; at += messageBytes) {
      if (signal?.aborted) throw new DomainError('cancelled', 'CANCELLED', 'the caller has gone');
      yield bytes.subarray(at, at + messageBytes);
    }
  }
}
