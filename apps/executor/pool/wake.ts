import type { Clock } from '#kernel';

/** A bell: whoever waits goes on when it rings, or when time is over; a ring that nobody waited for is not lost. */
export interface Bell {
  ring(): void;
  /** Resolves at a ring, after `ms`, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function openBell(clock: Clock): Bell {
  let rung = false;
  let answer: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      answer?.();
    },
    async wait(ms, signal) {
      if (!rung && !signal.aborted)
        await new Promise<void>((resolve) => {
          const stop = clock.after(ms, resolve);
          answer = () => {
            stop();
            resolve();
          };
          signal.addEventListener('abort', answer, { once: true });
        });
      if (answer) signal.removeEventListener('abort', answer);
      answer = undefined;
      rung = false;
    },
  };
}
