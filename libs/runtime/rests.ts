import type { Clock } from '#kernel';

/** Waits a while before it acts, once for all that asked meanwhile. */
export interface Rest {
  /** Acts within the shortest of the times that were asked for. */
  within(ms: number): void;
  stop(): void;
}

interface Begun {
  readonly since: number;
  readonly ms: number;
}

/** A timer may be so early. */
const timerMs = 1;

/**
 * Rests of several. When one is over, so is each that has lasted half of its time: what they do goes together, in one call to an engine
 * instead of one each.
 */
export type Rests = (act: () => void) => Rest;

export function openRests(clock: Clock): Rests {
  const begun = new Map<() => void, Begun>();
  let dueAt = Infinity;
  let cancel = () => {};

  const nextDue = () => Math.min(...[...begun.values()].map(({ since, ms }) => since + ms));

  function wake(): void {
    dueAt = Infinity;
    const now = clock.monotonicMs();
    // The one that it was for may have been stopped.
    if (nextDue() <= now + timerMs)
      for (const [act, { since, ms }] of begun)
        if (now - since >= ms / 2) {
          begun.delete(act);
          act();
        }
    wait();
  }

  function wait(): void {
    const next = nextDue();
    if (next >= dueAt) return;
    cancel();
    dueAt = next;
    cancel = clock.after(Math.max(0, next - clock.monotonicMs()), wake);
  }

  return (act) => ({
    within(ms) {
      const [since, before] = [clock.monotonicMs(), begun.get(act)];
      if (before !== undefined && before.since + before.ms <= since + ms) return;
      begun.set(act, { since, ms });
      wait();
    },
    stop() {
      begun.delete(act);
      if (begun.size > 0) return;
      cancel();
      dueAt = Infinity;
    },
  });
}
