import { isDomainError, type Clock } from '#kernel';

/** How a process waits for engines that start later than it does. */
export interface Patience {
  readonly clock: Clock;
  /** Hears once of each engine that is waited for (`event-store`, …), with why it cannot be opened yet. */
  waiting(part: string, error: unknown): void;
}

const everyMs = 1_000;

/**
 * Opens an engine, again and again while it is `unavailable`, for ever: what is started out of order comes up all the same. Without
 * patience once.
 */
export async function untilThere<Engine>(
  part: string,
  patience: Patience | undefined,
  open: () => Promise<Engine>,
): Promise<Engine> {
  if (patience === undefined) return open();
  for (let told = false; ; told = true) {
    try {
      return await open();
    } catch (error) {
      if (!isDomainError(error) || error.kind !== 'unavailable') throw error;
      if (!told) patience.waiting(part, error);
      await patience.clock.sleep(everyMs);
    }
  }
}
