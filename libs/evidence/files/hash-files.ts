import { availableParallelism } from 'node:os';
import { openHashQueue, turnBytes, type HashQueue } from './hash-queue.js';
import type { Batch, FromHashThread } from './hash-thread.js';
import { startHashThread, type HashThread } from './hash-threads.js';
import { newPiece, readDigest, type Hashed, type ToHash } from './read-digest.js';

export interface HashOptions {
  readonly signal?: AbortSignal;
  /** Bytes hashed since the last call. */
  readonly onBytes?: (bytes: number) => void;
  /** Threads at most, the caller's among them; default: one for each core. */
  readonly threads?: number;
  /** One that is there already, if there is. */
  readonly startedAhead?: () => HashThread | undefined;
}

interface Work extends HashOptions {
  readonly files: readonly ToHash[];
  readonly queue: HashQueue;
  readonly results: Hashed[];
  /** Ends threads that were not there yet when nothing was left. */
  readonly lateThreads: Set<() => void>;
}

/**
 * Hashes files on every core when there is much to do; results in the order of the files. The caller's thread takes part with small
 * files, in turns of two milliseconds.
 */
export async function hashFiles(
  files: readonly ToHash[],
  options: HashOptions = {},
): Promise<readonly Hashed[]> {
  options.signal?.throwIfAborted();
  if (files.length === 0) return [];
  const queue = openHashQueue(files, options.threads ?? availableParallelism());
  const work: Work = { ...options, files, queue, results: [], lateThreads: new Set() };
  const others = Array.from({ length: queue.lanes - 1 }, () => hashThere(work));
  const here = hashHere(work).then(async () => {
    if (!queue.isEmpty()) await hashThere(work);
    work.lateThreads.forEach((end) => end());
  });
  await Promise.all([here, ...others]).finally(() => queue.clear());
  return work.results;
}

/** On this thread, giving way to others between turns. */
async function hashHere({ files, queue, results, signal, onBytes }: Work): Promise<void> {
  let taken = queue.here();
  if (taken.length === 0) return;
  const buffer = newPiece();
  let thisTurn = 0;
  for (; taken.length > 0; taken = queue.here()) {
    for (const index of taken) {
      const file = files[index] as ToHash;
      let untold = file.sizeBytes;
      for (const part of parts(readDigest(file, buffer))) {
        const bytes = typeof part === 'number' ? part : untold;
        untold -= bytes;
        thisTurn += bytes;
        onBytes?.(bytes);
        if (typeof part !== 'number') results[index] = part;
        if (thisTurn < turnBytes) continue;
        thisTurn = 0;
        await new Promise((resolve) => setImmediate(resolve));
        signal?.throwIfAborted();
      }
    }
  }
}

/** What is read on the way, then what came of it. Given up half-way it still closes the file. */
function* parts(reading: Generator<number, Hashed>): Generator<number | Hashed, void> {
  yield yield* reading;
}

/** On a thread of its own, as long as anything is left. */
function hashThere(work: Work): Promise<void> {
  const { files, queue, results, lateThreads, signal, onBytes } = work;
  const { worker, ready } = work.startedAhead?.() ?? startHashThread();
  let taken: readonly number[] = [];
  let untold = 0;
  const tell = (bytes: number) => {
    untold -= bytes;
    onBytes?.(bytes);
  };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal?.reason as Error);
  const giveMore = () => {
    taken = queue.there();
    if (taken.length === 0) return resolve();
    const batch: Batch = taken.map((index) => files[index] as ToHash);
    untold = batch.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    worker.postMessage(batch);
  };
  const begin = () => {
    lateThreads.delete(resolve);
    giveMore();
  };
  lateThreads.add(resolve);
  ready.then(begin, reject);
  worker.on('message', (message: FromHashThread) => {
    if ('bytes' in message) tell(message.bytes);
    if (!('hashed' in message)) return;
    taken.forEach((index, i) => (results[index] = message.hashed[i] as Hashed));
    tell(untold);
    giveMore();
  });
  worker.once('error', reject);
  worker.once('exit', () => reject(new Error('the hashing thread ended')));
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  return promise.finally(() => {
    signal?.removeEventListener('abort', onAbort);
    void worker.terminate();
  });
}
