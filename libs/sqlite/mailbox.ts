import type { MessagePort } from 'node:worker_threads';
import type { DomainError } from '#kernel';
import { fromWire, toWire, type WireError } from './errors.js';

/** What the owner sends, as many at a time as were made in one turn of the event loop: each message wakes the thread. */
export interface Call {
  readonly id: number;
  readonly operation: string;
  readonly payload: unknown;
}
export type Answer =
  { readonly id: number; readonly ok: unknown } | { readonly id: number; readonly error: WireError };
export type FromThread = { readonly answers: readonly Answer[] } | { readonly notice: unknown };

export interface ThreadEvents {
  /** Something the thread tells unasked; comes before the answers that it sends afterwards. */
  readonly notice?: (notice: never) => void;
  /** The store is gone, by `close` or by a fault; every call fails with this error from now on. */
  readonly end?: (error: DomainError) => void;
}

/** The owner's end of the way to one store: calls out, answers back. */
export interface Mailbox {
  call<T>(operation: string, payload?: unknown): Promise<T>;
  /** Every call fails with this error, those that wait and those to come. The first end counts. */
  end(error: DomainError): void;
  hasEnded(): boolean;
}

export function openMailbox(port: MessagePort, on: ThreadEvents): Mailbox {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let outgoing: Call[] = [];
  let next = 0;
  let ended: DomainError | undefined;

  const settle = (answer: Answer) => {
    const caller = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) caller?.reject(fromWire(answer.error));
    else caller?.resolve(answer.ok);
  };
  port.on('message', (message: FromThread) => {
    if ('notice' in message) on.notice?.(message.notice as never);
    else message.answers.forEach(settle);
  });

  const flush = () => {
    const calls = outgoing;
    outgoing = [];
    try {
      port.postMessage(calls);
    } catch {
      calls.forEach(postAlone);
    }
  };
  /** One payload that cannot cross must not take the others with it. */
  const postAlone = (call: Call) => {
    try {
      port.postMessage([call]);
    } catch (error) {
      settle({ id: call.id, error: toWire(error) });
    }
  };

  return {
    call<T>(operation: string, payload?: unknown): Promise<T> {
      if (ended) return Promise.reject(ended);
      const id = next++;
      const caller = Promise.withResolvers<unknown>();
      waiting.set(id, caller);
      if (outgoing.push({ id, operation, payload }) === 1) setImmediate(flush);
      return caller.promise as Promise<T>;
    },
    end(error) {
      if (ended) return;
      ended = error;
      for (const { reject } of waiting.values()) reject(ended);
      waiting.clear();
      on.end?.(error);
    },
    hasEnded: () => ended !== undefined,
  };
}
