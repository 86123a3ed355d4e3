import type { Readable } from 'node:stream';
import type { ArtifactStore } from '#artifact-store';
import { openMask, type SecretBytes } from './secret-bytes.js';
import type { LogBlob } from '../step.js';

const inMemoryBytes = 64 * 1024;

/**
 * Keeps the first `maxBytes` of a stream as a blob. The rest is read and dropped, so that the writer neither waits nor
 * fails; also when the store cannot take the bytes. Secrets are masked before anything else is done.
 * @param tap sees what is kept, as it comes
 */
export async function captureLog(
  stream: Readable,
  store: ArtifactStore,
  maxBytes: number,
  tap: (bytes: Uint8Array) => void,
  secrets: readonly SecretBytes[] = [],
): Promise<LogBlob> {
  const seen = { kept: 0, total: 0 };
  const pieces = kept(masked(stream, secrets), maxBytes, seen, tap);
  try {
    const head: Uint8Array[] = [];
    let next = await pieces.next();
    for (; !next.done; next = await pieces.next()) {
      head.push(next.value);
      if (seen.kept > inMemoryBytes) break;
    }
    const { digest } = await store.put(next.done ? Buffer.concat(head) : chain(head, pieces), {
      settleLater: true,
    });
    return { digest, sizeBytes: seen.kept, totalBytes: seen.total, truncated: seen.total > seen.kept };
  } catch (error) {
    stream.resume();
    throw error;
  }
}

/** Everything that the stream gives, secrets replaced. */
async function* masked(stream: Readable, secrets: readonly SecretBytes[]): AsyncGenerator<Buffer, void> {
  const mask = openMask(secrets);
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      const shown = mask.pass(chunk);
      if (shown.length > 0) yield shown;
    }
  } catch (error) {
    // Cut off because a process that got away still holds the other end.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
  const last = mask.end();
  if (last.length > 0) yield last;
}

async function* kept(
  pieces: AsyncIterable<Buffer>,
  maxBytes: number,
  seen: { kept: number; total: number },
  tap: (bytes: Uint8Array) => void,
): AsyncGenerator<Uint8Array, void> {
  for await (const piece of pieces) {
    seen.total += piece.length;
    const part = piece.subarray(0, maxBytes - seen.kept);
    if (part.length === 0) continue;
    seen.kept += part.length;
    tap(part);
    yield part;
  }
}

async function* chain(
  head: readonly Uint8Array[],
  tail: AsyncGenerator<Uint8Array, void>,
): AsyncGenerator<Uint8Array, void> {
  yield* head;
  yield* tail;
}
