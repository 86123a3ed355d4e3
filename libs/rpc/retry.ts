import { DomainError, isDomainError, type Chance, type Clock } from '#kernel';

export interface RetryPolicy {
  readonly clock: Clock;
  readonly chance: Chance;
  /** How long all attempts together may take, in milliseconds. */
  readonly withinMs: number;
  /** How long after the start another attempt may begin, in milliseconds. */
  readonly retryForMs: number;
  readonly signal?: AbortSignal | undefined;
}

const firstPauseMs = 50;
const longestPauseMs = 2_000;

/**
 * Repeats an operation for as long as its failure is `unavailable`, with growing, jittered pauses, or says after what time to try again.
 * `attempt` is told the milliseconds that are left. The last failure is thrown when time runs out.
 */
export async function retryUnavailable<T>(
  { clock, chance, withinMs, retryForMs, signal }: RetryPolicy,
  attempt: (leftMs: number) => Promise<T>,
): Promise<T> {
  const startedMs = clock.monotonicMs();
  const lastStartMs = Math.min(withinMs, retryForMs);
  for (let ceilingMs = firstPauseMs; ; ceilingMs = Math.min(ceilingMs * 2, longestPauseMs)) {
    const leftMs = withinMs - (clock.monotonicMs() - startedMs);
    try {
      return await attempt(Math.max(1, Math.ceil(leftMs)));
    } catch (error) {
      const afterMs = isDomainError(error) ? pauseAfter(error, ceilingMs) : undefined;
      if (afterMs === undefined) throw error;
      const pauseMs = afterMs * (0.5 + chance.fraction() / 2);
      if (clock.monotonicMs() - startedMs + pauseMs >= lastStartMs) throw error;
      await pause(clock, pauseMs, signal);
    }
  }
}

/** How long to wait before another attempt, before jitter; undefined when none would help. */
function pauseAfter({ kind, facts }: DomainError, ceilingMs: number): number | undefined {
  if (kind === 'unavailable') return ceilingMs;
  const retryAfterMs = Number(facts['retryAfterMs']);
  return kind === 'exhausted' && retryAfterMs > 0 ? 2 * retryAfterMs : undefined;
}

async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    throw new DomainError('cancelled', 'CANCELLED', 'the call was cancelled', { cause: error });
  }
}
