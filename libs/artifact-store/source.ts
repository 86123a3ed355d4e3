import { cancelled } from './errors.js';

/** Bytes hashed and written in one go: well under a millisecond of hashing. */
export const pieceBytes = 256 * 1024;

/** An error that the caller's source threw: it is passed on, not taken for one of the disk. */
export class SourceFailed extends Error {
  readonly reason: unknown;

  constructor(reason: unknown) {
    super('the source failed', { cause: reason });
    this.reason = reason;
  }
}

/**
 * The source in pieces small enough to hash in one go. Ends with CANCELLED as soon as the signal aborts, also while the
 * source is silent.
 */
export async function* pieces(
  source: Uint8Array | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  if (signal?.aborted) throw cancelled();
  if (source instanceof Uint8Array) return yield* slices(source, signal);
  const iterator = source[Symbol.asyncIterator]();
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => undefined);
  const leave = () => gone.reject(cancelled());
  signal?.addEventListener('abort', leave, { once: true });
  let finished = false;
  try {
    for (;;) {
      const next = iterator.next().catch((error: unknown) => {
        finished = true;
        throw new SourceFailed(error);
      });
      const { done, value } = await Promise.race([next, gone.promise]);
      if (done) {
        finished = true;
        return;
      }
      yield* slices(value, signal);
    }
  } finally {
    signal?.removeEventListener('abort', leave);
    // Not awaited: a source that is silent now would hold us up here as well.
    if (!finished) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

function* slices(bytes: Uint8Array, signal: AbortSignal | undefined): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    if (signal?.aborted) throw cancelled();
    yield bytes.subarray(at, at + pieceBytes);
  }
}
