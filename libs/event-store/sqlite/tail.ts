import type { DomainError } from '#kernel';
import type { Committed } from './rows.js';

/** The end of the store as the writing thread tells it, and whoever waits for it to move. */
export interface Tail {
  /** Sequence number of the newest event known to be durable; nothing after it is shown to anyone. */
  head(): number;
  committed(commit: Committed): void;
  /** False when no event of these kinds can be at or after `from`: reading is then pointless. */
  mayHold(kinds: readonly string[] | undefined, from: number): boolean;
  /** Settles at the next commit, at `end`, or when the signal aborts. @throws what `end` was given */
  moved(beyond: number, signal?: AbortSignal): Promise<void>;
  /** Nothing will ever move again: everyone who waits gets the error, now and later. */
  end(error: DomainError): void;
  assertOpen(): void;
}

export function openTail(start: number): Tail {
  const lastOfKind = new Map<string, number>();
  const waiting = new Set<() => void>();
  let head = start;
  let ended: DomainError | undefined;

  const wake = () => {
    const all = [...waiting];
    waiting.clear();
    for (const resume of all) resume();
  };
  const assertOpen = () => {
    if (ended) throw ended;
  };

  return {
    head: () => head,
    assertOpen,
    committed(commit) {
      if (commit.head === head) return;
      head = commit.head;
      for (const kind of commit.kinds) lastOfKind.set(kind, head);
      wake();
    },
    mayHold: (kinds, from) =>
      from <= start || kinds === undefined || kinds.some((kind) => (lastOfKind.get(kind) ?? 0) >= from),
    async moved(beyond, signal) {
      if (head <= beyond && !ended && !signal?.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const resume = () => resolve();
        waiting.add(resume);
        signal?.addEventListener('abort', resume, { once: true });
        await promise;
        waiting.delete(resume);
        signal?.removeEventListener('abort', resume);
      }
      assertOpen();
    },
    end(error) {
      ended ??= error;
      wake();
    },
  };
}
