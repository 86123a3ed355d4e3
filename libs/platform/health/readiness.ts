import type { Clock } from '#kernel';
import type { Health } from './health.js';

/** Whoever waits for a start waits for the first; that something fails may be told a moment later. */
const [untilReadyMs, everyMs] = [100, 500];

/**
 * Keeps a part of {@link Health} in step with what a service says of itself: the names of what does not answer yet, none when it is
 * ready. The returned function ends it.
 */
export function followReadiness(
  health: Health,
  part: string,
  unready: () => readonly string[],
  clock: Clock,
): () => void {
  let stop = () => {};
  const look = () => {
    const names = unready();
    if (names.length === 0) health.ready(part);
    else health.unready(part, `not ready yet: ${names.join(', ')}`);
    stop = clock.after(names.length === 0 ? everyMs : untilReadyMs, look);
  };
  look();
  return () => stop();
}
