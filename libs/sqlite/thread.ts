import { Worker } from 'node:worker_threads';
import { DomainError } from '#kernel';
import { fromWire, toWire, type WireError } from './errors.js';

/** What the owner sends, as many at a time as were made in one turn of the event loop. */
export interface Call {
  readonly id: number;
  readonly operation: string;
  readonly payload: unknown;
}
export type Answer =
  { readonly id: number; readonly ok: unknown } | { readonly id: number; readonly error: WireError };
export type FromThread = { readonly answers: readonly Answer[] } | { readonly notice: unknown };

/** A store's thread, as its owner sees it. */
export interface Thread {
  call<T>(operation: string, payload?: unknown): Promise<T>;
  /** Lets calls under way finish, then ends the thread. */
  close(): Promise<void>;
}

export interface ThreadEvents {
  /** Something the thread tells unasked; comes before the answers that it sends afterwards. */
  readonly notice?: (notice: never) => void;
  /** The thread is gone, by `close` or by a fault; every call fails with this error from now on. */
  readonly end?: (error: DomainError) => void;
}

/**
 * Starts a worker that was written with `serveThread`, and waits until it is open.
 * @throws what its opening threw
 */
export async function startThread(script: URL, data: unknown, on: ThreadEvents = {}): Promise<Thread> {
  const worker = new Worker(script, { workerData: data });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let outgoing: Call[] = [];
  let next = 0;
  let ended: DomainError | undefined;

  const end = (error: DomainError) => {
    if (ended) return;
    ended = error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
    on.end?.(error);
  };
  const settle = (answer: Answer) => {
    const caller = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) caller?.reject(fromWire(answer.error));
    else caller?.resolve(answer.ok);
  };
  worker.on('message', (message: FromThread) => {
    if ('notice' in message) on.notice?.(message.notice as never);
    else message.answers.forEach(settle);
  });
  worker.on('error', (error: Error) =>
    end(
      new DomainError('unavailable', 'STORE_FAILED', `the store’s thread failed: ${error.message}`, {
        cause: error,
      }),
    ),
  );
  const exited = new Promise<void>((resolve) =>
    worker.once('exit', () => {
      end(new DomainError('unavailable', 'STORE_CLOSED', 'the store is closed'));
      resolve();
    }),
  );

  const flush = () => {
    const calls = outgoing;
    outgoing = [];
    try {
      worker.postMessage(calls);
    } catch {
      calls.forEach(postAlone);
    }
  };
  /** One payload that cannot cross must not take the others with it. */
  const postAlone = (call: Call) => {
    try {
      worker.postMessage([call]);
    } catch (error) {
      settle({ id: call.id, error: toWire(error) });
    }
  };

  const call = <T>(operation: string, payload?: unknown): Promise<T> => {
    if (ended) return Promise.reject(ended);
    const id = next++;
    const caller = Promise.withResolvers<unknown>();
    waiting.set(id, caller);
    if (outgoing.push({ id, operation, payload }) === 1) queueMicrotask(flush);
    return caller.promise as Promise<T>;
  };

  try {
    await call('open');
  } catch (error) {
    await exited;
    throw error;
  }
  return {
    call,
    async close() {
      if (!ended) await call('close').catch(() => undefined);
      await exited;
    },
  };
}
