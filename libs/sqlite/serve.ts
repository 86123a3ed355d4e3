import { parentPort, type MessagePort } from 'node:worker_threads';
import { toWire, type WireError } from './errors.js';
import type { Answer, Call, FromThread } from './mailbox.js';

/** What a thread does for the owner of one store. */
export interface Served {
  readonly operations: Readonly<Record<string, (payload: never) => unknown>>;
  /** Operations of this name that wait together are given to it as one batch; it answers them in order. */
  readonly batch?: {
    readonly operation: string;
    /** How many of those that wait make one batch, at least one; all of them unless it says so. The others come after a look at the mail. */
    fit?(payloads: readonly never[]): number;
    run(payloads: readonly never[]): readonly (() => unknown)[];
  };
  close(): void;
}

/** Opens a store by what its owner gave; `notify` sends the owner something it did not ask for. */
export type OpenServed<Data> = (notify: (notice: unknown) => void, data: Data) => Served;

interface Guest<Data> {
  readonly port: MessagePort;
  readonly data: Data;
}

/**
 * The worker's side: opens one store for each owner who sends a port. When that throws, this owner gets the error, and no other
 * hears of it.
 */
export function serveThread<Data>(open: OpenServed<Data>): void {
  const parent = parentPort as MessagePort;
  parent.on('message', (message: Guest<Data> | 'end') => {
    if (message === 'end') parent.close();
    else serve(message, open);
  });
}

function serve<Data>({ port, data }: Guest<Data>, open: OpenServed<Data>): void {
  const post = (message: FromThread) => port.postMessage(message);
  let served: Served | undefined;
  let waiting: Call[] = [];

  const answerOf = (id: number, work: () => unknown): Answer => {
    try {
      return { id, ok: work() };
    } catch (error) {
      return { id, error: toWire(error) };
    }
  };

  function runBatch(): void {
    if (waiting.length === 0) return;
    const payloads = waiting.map(({ payload }) => payload as never);
    const size = served?.batch?.fit?.(payloads) ?? payloads.length;
    const calls = waiting.slice(0, size);
    waiting = waiting.slice(size);
    const results = served?.batch?.run(payloads.slice(0, size)) ?? [];
    post({ answers: calls.map(({ id }, i) => answerOf(id, results[i] as () => unknown)) });
    if (waiting.length > 0) setImmediate(runBatch);
  }

  function handle({ id, operation, payload }: Call): void {
    if (operation === 'open') {
      const answer = answerOf(id, () => void (served = open((notice) => post({ notice }), data)));
      post({ answers: ['error' in answer ? { id, error: naming(answer.error, data) } : answer] });
    } else if (operation === 'close') {
      while (waiting.length > 0) runBatch();
      post({ answers: [answerOf(id, () => served?.close())] });
      port.close();
    } else if (operation === served?.batch?.operation) {
      // Everything that is already in the mail comes before the immediate, and goes with it.
      if (waiting.push({ id, operation, payload }) === 1) setImmediate(runBatch);
    } else {
      post({ answers: [answerOf(id, () => served?.operations[operation]?.(payload as never))] });
    }
  }

  port.on('message', (calls: readonly Call[]) => calls.forEach(handle));
}

/** Who starts a store must learn which one cannot be opened. */
function naming(error: WireError, data: unknown): WireError {
  const { path } = (data ?? {}) as { readonly path?: string };
  if (path === undefined || error.message.includes(path)) return error;
  return { ...error, message: `${path}: ${error.message}` };
}
