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
 * Repeats an operation for as long as its failure is `unavailable`, with growing, jittered pauses.
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
      if (!isDomainError(error) || error.kind !== 'unavailable') throw error;
      const pauseMs = ceilingMs * (0.5 + chance.fraction() / 2);
      if (clock.monotonicMs() - startedMs + pauseMs >= lastStartMs) throw error;
      await pause(clock, pauseMs, signal);
    }
  }
}

async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    throw new DomainError('cancelled', 'CANCELLED', 'the call was cancelled', { cause: error });
  }
}
