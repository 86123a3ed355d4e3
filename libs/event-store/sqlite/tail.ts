import type { DomainError } from '#kernel';

/** Whoever has seen everything is told of other kinds than its own no more often than this. */
const otherKindsEveryMs = 50;

/** One who waits at the end of the store. */
export interface Follower {
  /**
   * Settles when the head is beyond and may hold something for it, when its signal aborts, or at `end`; of other kinds
   * alone it hears a moment later, together. @throws what `end` was given
   */
  moved(beyond: number): Promise<void>;
  leave(): void;
}

/** The end of the store as the writing thread tells it, and whoever waits for it to move. */
export interface Tail {
  /** Sequence number of the newest event known to be durable; nothing after it is shown to anyone. */
  head(): number;
  /** Wakes nobody yet: those who wait go on when everything that was answered together has been told. */
  moveTo(head: number, kind: string): void;
  /** False when no event of these kinds can be at or after `from`: reading is then pointless. */
  mayHold(kinds: readonly string[] | undefined, from: number): boolean;
  follow(kinds: readonly string[] | undefined, signal?: AbortSignal): Follower;
  /** Nothing will ever move again: everyone who waits gets the error, now and later. */
  end(error: DomainError): void;
  assertOpen(): void;
}

export function openTail(start: number): Tail {
  const lastOfKind = new Map<string, number>();
  const waiting = new Map<() => void, readonly string[] | undefined>();
  let grown = new Set<string>();
  let late: NodeJS.Timeout | undefined;
  let head = start;
  let ended: DomainError | undefined;

  const assertOpen = () => {
    if (ended) throw ended;
  };
  const wakeAll = () => {
    clearTimeout(late);
    late = undefined;
    for (const resume of [...waiting.keys()]) resume();
  };
  const wake = () => {
    const now = grown;
    grown = new Set();
    for (const [resume, kinds] of [...waiting])
      if (kinds === undefined || kinds.some((kind) => now.has(kind))) resume();
    if (waiting.size > 0) late ??= setTimeout(wakeAll, otherKindsEveryMs).unref();
  };

  return {
    head: () => head,
    assertOpen,
    moveTo(to, kind) {
      head = to;
      lastOfKind.set(kind, to);
      if (grown.size === 0) queueMicrotask(wake);
      grown.add(kind);
    },
    mayHold: (kinds, from) =>
      from <= start || kinds === undefined || kinds.some((kind) => (lastOfKind.get(kind) ?? 0) >= from),
    follow(kinds, signal) {
      let resume = () => {};
      const abandon = () => resume();
      signal?.addEventListener('abort', abandon, { once: true });
      return {
        async moved(beyond) {
          if (head <= beyond && !ended && !signal?.aborted) {
            await new Promise<void>((resolve) => {
              resume = () => {
                waiting.delete(resume);
                resolve();
              };
              waiting.set(resume, kinds);
            });
          }
          assertOpen();
        },
        leave: () => signal?.removeEventListener('abort', abandon),
      };
    },
    end(error) {
      ended ??= error;
      wakeAll();
    },
  };
}
