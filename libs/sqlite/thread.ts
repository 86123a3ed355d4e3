import { Worker, type Transferable } from 'node:worker_threads';
import { DomainError } from '#kernel';
import { fromWire, type WireError } from './errors.js';

/** What the two sides of a thread send each other. */
export interface Call {
  readonly id: number;
  readonly operation: string;
  readonly payload: unknown;
}
export type Answer =
  | { readonly id: number; readonly ok: unknown }
  | { readonly id: number; readonly error: WireError }
  | { readonly notice: unknown };

/** A store's thread, as its owner sees it. */
export interface Thread {
  call<T>(operation: string, payload?: unknown, transfer?: readonly Transferable[]): Promise<T>;
  /** Lets calls under way finish, then ends the thread. */
  close(): Promise<void>;
}

/**
 * Starts a worker that was written with `serveThread`, and waits until it is open.
 * @throws what its opening threw
 */
export async function startThread(
  script: URL,
  data: unknown,
  onNotice: (notice: never) => void = () => {},
): Promise<Thread> {
  const worker = new Worker(script, { workerData: data });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let next = 0;
  let ended: DomainError | undefined;

  const end = (error: DomainError) => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  worker.on('message', (answer: Answer) => {
    if ('notice' in answer) return onNotice(answer.notice as never);
    const caller = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) caller?.reject(fromWire(answer.error));
    else caller?.resolve(answer.ok);
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

  const call = <T>(
    operation: string,
    payload?: unknown,
    transfer: readonly Transferable[] = [],
  ): Promise<T> => {
    if (ended) return Promise.reject(ended);
    const id = next++;
    const caller = Promise.withResolvers<unknown>();
    waiting.set(id, caller);
    worker.postMessage({ id, operation, payload } satisfies Call, transfer);
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
