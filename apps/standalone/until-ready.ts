import { systemClock, type Clock } from '#kernel';
import type { Log, Running } from '#platform';

const everyMs = 5_000;

/** Resolves when every part is ready. Every five seconds it says which are not, and why: whoever waits for the address can ask nobody else. */
export function untilReady(
  { health }: Pick<Running, 'health'>,
  log: Pick<Log, 'warn'>,
  clock: Pick<Clock, 'after'> = systemClock,
): Promise<void> {
  return new Promise((resolve) => {
    let stopTimer = () => {};
    const say = () => {
      log.warn('not ready yet', { parts: health.problems() });
      stopTimer = clock.after(everyMs, say);
    };
    stopTimer = clock.after(everyMs, say);
    const look = () => {
      if (!health.isReady()) return;
      stopTimer();
      stop();
      resolve();
    };
    const stop = health.onChange(look);
    look();
  });
}
