import type { Clock } from '#kernel';

export interface Paced {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Milliseconds that something takes. */
export async function timed(clock: Clock, work: () => Promise<unknown>): Promise<number> {
  const startedAt = clock.monotonicMs();
  await work();
  return clock.monotonicMs() - startedAt;
}

/** Durations of something done again and again, beginning no more after `forMs`, but so often at least. */
export async function durationsOf(
  { clock, signal }: Paced,
  forMs: number,
  least: number,
  work: () => Promise<unknown>,
): Promise<readonly number[]> {
  const startedAt = clock.monotonicMs();
  const durations: number[] = [];
  while (durations.length < least || clock.monotonicMs() - startedAt < forMs) {
    signal.throwIfAborted();
    durations.push(await timed(clock, work));
  }
  return durations;
}
