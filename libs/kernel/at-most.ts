/** Who comes when all places are taken waits; a signal that aborts meanwhile takes it out of the line and rejects with its reason. */
export type AtMost = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

/** Runs at most so many at once, in the order in which they came. */
export function atMost(together: number): AtMost {
  const waiting = new Set<() => void>();
  let free = together;

  /** Whoever ends hands its place to the next one. */
  const handedOver = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      const leave = () => {
        waiting.delete(go);
        signal?.removeEventListener('abort', abandon);
      };
      const go = () => {
        leave();
        resolve();
      };
      const abandon = () => {
        leave();
        reject(signal?.reason as Error);
      };
      if (signal?.aborted) return abandon();
      waiting.add(go);
      signal?.addEventListener('abort', abandon, { once: true });
    });

  return async (work, signal) => {
    if (free > 0) free--;
    else await handedOver(signal);
    try {
      return await work();
    } finally {
      const [next] = waiting;
      if (next === undefined) free++;
      else next();
    }
  };
}
