import { isDomainError } from '#kernel';
import type { Session } from './session.js';

const [pauseMs, patienceMs] = [250, 60_000];

/**
 * What comes, gone on with when the connection was lost; given up when it is not to be had for a minute.
 * @param open asks for what follows what has come until now, or says that nothing can
 */
export async function* goingOn<T>(
  { clock, signal }: Pick<Session, 'clock' | 'signal'>,
  open: () => AsyncIterable<T> | undefined,
): AsyncGenerator<T, void> {
  let lostMs: number | undefined;
  for (let lost: unknown; ;) {
    const startMs = clock.monotonicMs();
    const coming = open();
    if (coming === undefined) throw lost;
    try {
      yield* coming;
      return;
    } catch (error) {
      if (!isDomainError(error) || error.kind !== 'unavailable') throw error;
      const now = clock.monotonicMs();
      if (lostMs === undefined || now - startMs > patienceMs / 4) lostMs = now;
      if (now - lostMs > patienceMs) throw error;
      lost = error;
    }
    await clock.sleep(pauseMs, signal);
  }
}
