import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Batch, FromHashThread } from './hash-thread.js';
import { readDigest, type Hashed, type ToHash } from './read-digest.js';

export interface HashOptions {
  readonly signal?: AbortSignal;
  /** Bytes hashed since the last call. */
  readonly onBytes?: (bytes: number) => void;
  /** Threads at most; default: one for each core. */
  readonly threads?: number;
}

/** Less than this is hashed sooner than a thread has started. */
const inlineBytes = 1024 * 1024;
const inlineFiles = 64;
const batchBytes = 8 * 1024 * 1024;
const batchFiles = 128;

/** Hashes files off the event loop, on every core when there are many; results in the order of the files. */
export async function hashFiles(
  files: readonly ToHash[],
  options: HashOptions = {},
): Promise<readonly Hashed[]> {
  const { signal, onBytes } = options;
  signal?.throwIfAborted();
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (files.length <= inlineFiles && total <= inlineBytes)
    return files.map((file) => readDigest(file, onBytes ? { onBytes } : {}));
  const batches = batchesOf(files);
  const threads = Math.min(options.threads ?? availableParallelism(), batches.length);
  const results: (readonly Hashed[])[] = [];
  const queue = batches.entries();
  await Promise.all(
    Array.from({ length: threads }, async () => {
      const worker = new Worker(new URL('./hash-thread.js', import.meta.url));
      try {
        for (const [index, batch] of queue) results[index] = await give(worker, batch, options);
      } finally {
        await worker.terminate();
      }
    }),
  );
  return results.flat();
}

/** Large files alone, so that the cores end together; small ones in heaps, so that messages do not cost more than hashing. */
function batchesOf(files: readonly ToHash[]): Batch[] {
  const batches: Batch[] = [];
  let [batch, bytes]: [ToHash[], number] = [[], 0];
  for (const file of files) {
    if (batch.length > 0 && (batch.length >= batchFiles || bytes + file.sizeBytes > batchBytes)) {
      batches.push(batch);
      [batch, bytes] = [[], 0];
    }
    batch.push(file);
    bytes += file.sizeBytes;
  }
  return batch.length > 0 ? [...batches, batch] : batches;
}

function give(worker: Worker, batch: Batch, { signal, onBytes }: HashOptions): Promise<readonly Hashed[]> {
  return new Promise((resolve, reject) => {
    const onAbort = () => settle(() => reject(signal?.reason as Error));
    const onMessage = (message: FromHashThread) =>
      'bytes' in message ? onBytes?.(message.bytes) : settle(() => resolve(message.hashed));
    const onError = (error: Error) => settle(() => reject(error));
    const onExit = () => settle(() => reject(new Error('the hashing thread ended')));
    const settle = (end: () => void) => {
      signal?.removeEventListener('abort', onAbort);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      end();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    worker.on('message', onMessage).once('error', onError).once('exit', onExit);
    if (signal?.aborted) onAbort();
    else worker.postMessage(batch);
  });
}
