import { Worker } from 'node:worker_threads';
import { DomainError } from '#kernel';
import { fault } from './fault.js';
import { openReader, type Places, type Task } from './tasks.js';

/** Threads that read and hash. */
export interface Readers {
  readonly count: number;
  /** The next free thread takes it. @throws VERIFICATION_FAULT, CANCELLED */
  ask<T>(task: Task): Promise<T>;
  close(): Promise<void>;
}

/** A thread leaves garbage only: at its usual size it has a third more memory, and is no faster. */
const resourceLimits = { maxYoungGenerationSizeMb: 8 };

interface Waiting {
  readonly task: Task;
  readonly settled: PromiseWithResolvers<unknown>;
}

/** In this thread, for what is small. */
export function readHere(places: Places, signal: AbortSignal | undefined): Readers {
  const opening = openReader(places);
  opening.catch(() => undefined);
  return {
    count: 1,
    async ask<T>(task: Task) {
      if (signal?.aborted) throw cancelled();
      try {
        return (await (await opening).answer(task)) as T;
      } catch (error) {
        throw fault(error);
      }
    },
    close: () => opening.then((reader) => reader.close()).catch(() => undefined),
  };
}

const cancelled = () => new DomainError('cancelled', 'CANCELLED', 'the verification was cancelled');

export function startReaders(count: number, places: Places, signal: AbortSignal | undefined): Readers {
  const waiting: Waiting[] = [];
  let ended: DomainError | undefined;
  const threads = Array.from({ length: count }, () => {
    const worker = new Worker(new URL('./verify.worker.js', import.meta.url), {
      workerData: places,
      resourceLimits,
    });
    const thread = { worker, busy: undefined as Waiting | undefined };
    worker.on('message', ({ result, error }: { result?: unknown; error?: string }) => {
      const done = thread.busy;
      thread.busy = undefined;
      if (error === undefined) done?.settled.resolve(result);
      else done?.settled.reject(fault(error));
      next();
    });
    worker.on('error', (error) => end(fault(error)));
    worker.on('exit', () => end(fault('a thread that read them has ended')));
    return thread;
  });

  function next(): void {
    for (const thread of threads) {
      if (thread.busy !== undefined) continue;
      const one = waiting.shift();
      if (one === undefined) return;
      thread.busy = one;
      thread.worker.postMessage(one.task);
    }
  }

  function end(error: DomainError): void {
    ended ??= error;
    for (const { settled } of waiting.splice(0)) settled.reject(error);
    for (const thread of threads) thread.busy?.settled.reject(error);
  }

  const onAbort = () => end(cancelled());
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });

  return {
    count,
    ask<T>(task: Task) {
      if (ended !== undefined) return Promise.reject<T>(ended);
      const settled = Promise.withResolvers<unknown>();
      waiting.push({ task, settled });
      next();
      return settled.promise as Promise<T>;
    },
    async close() {
      signal?.removeEventListener('abort', onAbort);
      end(new DomainError('cancelled', 'CANCELLED', 'the verification is over'));
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}
