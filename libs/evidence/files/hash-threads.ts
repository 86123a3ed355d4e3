import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { costOf, threadBytes } from './hash-queue.js';
import type { ToHash } from './read-digest.js';

export interface HashThread {
  readonly worker: Worker;
  /** Settles when it takes files; rejects when it never will. */
  readonly ready: Promise<void>;
}

export function startHashThread(): HashThread {
  const worker = new Worker(new URL('./hash-thread.js', import.meta.url));
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  worker.once('message', () => resolve());
  worker.on('error', reject);
  worker.once('exit', () => reject(new Error('the hashing thread ended')));
  ready.catch(() => undefined);
  return { worker, ready };
}

/** Threads that start while files are still being found. */
export interface ThreadsAhead {
  found(file: Pick<ToHash, 'sizeBytes'>): void;
  /** One of them, for whoever ends it. */
  take(): HashThread | undefined;
  /** Ends those that nobody took. */
  end(): void;
}

/** A thread for each other core, as soon as there is enough for all of them to do; a large file is the work of one. */
export function threadsAhead(threads?: number): ThreadsAhead {
  const waiting: HashThread[] = [];
  let most = threads;
  let started = 1;
  let bytes = 0;
  return {
    found(file) {
      bytes += Math.min(costOf(file), threadBytes);
      if (bytes <= started * threadBytes || started >= (most ??= availableParallelism())) return;
      started++;
      waiting.push(startHashThread());
    },
    take: () => waiting.pop(),
    end: () => waiting.splice(0).forEach(({ worker }) => void worker.terminate()),
  };
}
