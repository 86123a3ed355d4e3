import { parentPort, type MessagePort } from 'node:worker_threads';
import { toWire } from './errors.js';
import type { Answer, Call } from './thread.js';

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
  const post = (answer: Answer) => port.postMessage(answer);
  let served: Served | undefined;
  let batch: Call[] = [];

  const answer = (id: number, work: () => unknown): boolean => {
    try {
      post({ id, ok: work() });
      return true;
    } catch (error) {
      post({ id, error: toWire(error) });
      return false;
    }
  };

  function runBatch(): void {
    const calls = batch;
    batch = [];
    const results = served?.batch?.run(calls.map(({ payload }) => payload as never)) ?? [];
    calls.forEach(({ id }, i) => answer(id, results[i] as () => unknown));
  }

  port.on('message', ({ id, operation, payload }: Call) => {
    if (operation === 'open') {
      const opened = answer(id, () => void (served = open((notice) => post({ notice }))));
      if (!opened) port.close();
    } else if (operation === 'close') {
      if (batch.length > 0) runBatch();
      answer(id, () => served?.close());
      port.close();
    } else if (operation === served?.batch?.operation) {
      // Everything that is already in the mail comes before the immediate, and goes with it.
      if (batch.push({ id, operation, payload }) === 1) setImmediate(() => batch.length > 0 && runBatch());
    } else {
      answer(id, () => served?.operations[operation]?.(payload as never));
    }
  });
}
