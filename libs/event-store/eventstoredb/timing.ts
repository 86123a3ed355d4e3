/** Timers that keep no process alive. */
export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, ms).unref());

/** What the promise gives, or the error when it has given nothing in time. */
export function within<T>(promise: Promise<T>, limitMs: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), limitMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Milliseconds left until a moment of {@link performance.now}, never negative. */
export const leftMs = (until: number): number => Math.max(0, until - performance.now());

/** Something to wait at that somebody else can ring; a ring while nobody waits is not lost. */
export interface Alarm {
  ring(): void;
  /** Resolves when it has rung, or after `limitMs`: then it is true. */
  wait(limitMs?: number): Promise<boolean>;
}

export function openAlarm(): Alarm {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(limitMs) {
      let timer: NodeJS.Timeout | undefined;
      if (!rung)
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (limitMs !== undefined) timer = setTimeout(resolve, limitMs).unref();
        });
      clearTimeout(timer);
      wake = undefined;
      const late = !rung;
      rung = false;
      return late;
    },
  };
}
