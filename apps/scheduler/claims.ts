import { inTurns } from '#runtime';

/**
 * Claims that this instance is making. Each is known by its key, under which an executor asks again when it has hung up or no answer
 * came: the earlier call may be here still, and what it is given must not be lost.
 */
export interface Claims {
  /** Begins to wait; whoever waits under the same key waits no longer. */
  wait(key: string, freeSlots: number, signal: AbortSignal): WaitingClaim;
  /** One after the other under one key, so that the later one finds what the earlier one was given. */
  make<T>(executor: string, key: string, claim: () => Promise<T>): Promise<T>;
  /** When what is being claimed for an executor now has been claimed. */
  made(executor: string): Promise<void>;
}

export interface WaitingClaim {
  /** Aborts when nobody will hear the answer to this call. */
  readonly signal: AbortSignal;
  /** None for a key that was asked with none before: a call that hung up may arrive after the one that was to be the last. */
  readonly freeSlots: number;
  forget(): void;
}

const mostRemembered = 1_000;

export function openClaims(): Claims {
  const inTurn = inTurns();
  const newest = new Map<string, AbortController>();
  /** Keys that give only what they were given before. */
  const last = new Set<string>();
  const underWay = new Map<string, Set<Promise<unknown>>>();
  return {
    wait(key, freeSlots, signal) {
      if (freeSlots < 1) last.add(key);
      const [oldest = key] = last;
      if (last.size > mostRemembered) last.delete(oldest);
      newest.get(key)?.abort();
      const own = new AbortController();
      const hungUp = () => own.abort();
      newest.set(key, own);
      if (signal.aborted) hungUp();
      signal.addEventListener('abort', hungUp, { once: true });
      return {
        signal: own.signal,
        freeSlots: last.has(key) ? 0 : freeSlots,
        forget() {
          signal.removeEventListener('abort', hungUp);
          if (newest.get(key) === own) newest.delete(key);
        },
      };
    },
    async make(executor, key, claim) {
      const claiming = inTurn(key, claim);
      const own = underWay.get(executor) ?? new Set();
      underWay.set(executor, own.add(claiming));
      try {
        return await claiming;
      } finally {
        own.delete(claiming);
        if (own.size === 0 && underWay.get(executor) === own) underWay.delete(executor);
      }
    },
    async made(executor) {
      await Promise.allSettled([...(underWay.get(executor) ?? [])]);
    },
  };
}
