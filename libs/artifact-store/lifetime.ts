import { DomainError } from '#kernel';

/** What is going on in an open store, so that closing waits for it and nothing begins afterwards. */
export interface Lifetime {
  /** @throws STORE_CLOSED */
  assertOpen(): void;
  /** Closing waits for this work. */
  tracked<T>(work: Promise<T>): Promise<T>;
  /** Resolves when all tracked work has ended; false when it was ended before. */
  end(): Promise<boolean>;
}

export function lifetime(): Lifetime {
  const pending = new Set<Promise<unknown>>();
  let closed = false;
  return {
    assertOpen() {
      if (closed) throw new DomainError('unavailable', 'STORE_CLOSED', 'the artifact store is closed');
    },
    tracked(work) {
      const settled = work.catch(() => undefined).finally(() => pending.delete(settled));
      pending.add(settled);
      return work;
    },
    async end() {
      if (closed) return false;
      closed = true;
      await Promise.all(pending);
      return true;
    },
  };
}
