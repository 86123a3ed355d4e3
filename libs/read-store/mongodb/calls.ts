import { DomainError } from '#kernel';
import { isDuplicate, toDomainError, unavailable } from './errors.js';

export interface Calls {
  /** Does the work when the store is ready for it; fails as `unavailable` when that takes longer than the deadline. */
  call<T>(work: () => Promise<T>): Promise<T>;
  /** Refuses further calls, waits for those under way, then ends the connection. */
  close(): Promise<void>;
}

/** @param check what must hold before anything else is done; asked until it did once */
export function openCalls(deadlineMs: number, check: () => Promise<void>, end: () => Promise<void>): Calls {
  const underWay = new Set<Promise<unknown>>();
  let checked: Promise<void> | undefined;
  let closing: Promise<void> | undefined;

  async function prepared(): Promise<void> {
    // Two that mark a new store at once.
    checked ??= check().catch((error: unknown) => (isDuplicate(error) ? check() : Promise.reject(error)));
    const asked = checked;
    await asked.catch((error: unknown) => {
      if (checked === asked) checked = undefined;
      throw error;
    });
  }

  async function run<T>(work: () => Promise<T>): Promise<T> {
    await prepared();
    return work();
  }

  async function withDeadline<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(unavailable()), deadlineMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async call(work) {
      if (closing) throw new DomainError('unavailable', 'STORE_CLOSED', 'the store is closed');
      const running = run(work);
      const answer = withDeadline(running).catch((error: unknown) => {
        throw toDomainError(error);
      });
      const settled = answer.catch(() => undefined);
      underWay.add(settled);
      void settled.then(() => underWay.delete(settled));
      return answer;
    },
    close() {
      closing ??= Promise.all([...underWay]).then(end);
      return closing;
    },
  };
}
