import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { toWire, type WireError } from './errors.js';
import type { Answer, Call, FromThread } from './thread.js';

/** What a thread does for its owner. */
export interface Served {
  readonly operations: Readonly<Record<string, (payload: never) => unknown>>;
  /** Operations of this name that arrive together are given to it as one batch; it answers them in order. */
  readonly batch?: {
    readonly operation: string;
    run(payloads: readonly never[]): readonly (() => unknown)[];
  };
  close(): void;
}

/**
 * The worker's side. `open` runs when the owner asks first; when it throws, the owner gets the error and the thread ends.
 * `notify` sends the owner something it did not ask for.
 */
export function serveThread(open: (notify: (notice: unknown) => void) => Served): void {
  const port = parentPort as MessagePort;
  const post = (message: FromThread) => port.postMessage(message);
  let served: Served | undefined;
  let batch: Call[] = [];

  const answerOf = (id: number, work: () => unknown): Answer => {
    try {
      return { id, ok: work() };
    } catch (error) {
      return { id, error: toWire(error) };
    }
  };

  function runBatch(): void {
    if (batch.length === 0) return;
    const calls = batch;
    batch = [];
    const results = served?.batch?.run(calls.map(({ payload }) => payload as never)) ?? [];
    post({ answers: calls.map(({ id }, i) => answerOf(id, results[i] as () => unknown)) });
  }

  function handle({ id, operation, payload }: Call): void {
    if (operation === 'open') {
      const answer = answerOf(id, () => void (served = open((notice) => post({ notice }))));
      post({ answers: ['error' in answer ? { id, error: naming(answer.error) } : answer] });
      if ('error' in answer) port.close();
    } else if (operation === 'close') {
      runBatch();
      post({ answers: [answerOf(id, () => served?.close())] });
      port.close();
    } else if (operation === served?.batch?.operation) {
      // Everything that is already in the mail comes before the immediate, and goes with it.
      if (batch.push({ id, operation, payload }) === 1) setImmediate(runBatch);
    } else {
      post({ answers: [answerOf(id, () => served?.operations[operation]?.(payload as never))] });
    }
  }

  port.on('message', (calls: readonly Call[]) => calls.forEach(handle));
}

/** Who starts a store must learn which one cannot be opened. */
function naming(error: WireError): WireError {
  const { path } = (workerData ?? {}) as { readonly path?: string };
  if (path === undefined || error.message.includes(path)) return error;
  return { ...error, message: `${path}: ${error.message}` };
}
