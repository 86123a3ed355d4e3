import { isDomainError, type Clock } from '#kernel';
import type { Log } from '../log/log.js';
import type { Health } from './health.js';

const everyMs = 3_000;
/** An answer that takes longer is none. */
const patienceMs = 10_000;

export interface FollowedEngine {
  /** As a part of {@link Health}: `event-store`, `registry:read-store`. */
  readonly part: string;
  /** Resolves when the engine answers now. */
  probe(): Promise<void>;
}

/** Who hears of engines, and by which time they are asked. */
export interface FollowedBy {
  readonly health: Health;
  readonly clock: Clock;
  readonly log: Log;
}

const why = (error: unknown): string => (isDomainError(error) ? error.code : 'INTERNAL');

/**
 * Keeps a part of {@link Health} in step with whether an engine answers: unready until it first does. It is asked every 3 s, never for a
 * request. The log hears of each change, with what the engine's client said; health gives away only the code. The returned function
 * ends it.
 */
export function followEngine(
  { part, probe }: FollowedEngine,
  { health, clock, log }: FollowedBy,
): () => void {
  let over = false;
  let silent = false;
  let stopWaiting = () => {};
  const answers = () => {
    if (over) return;
    if (silent) log.info('an engine answers again', { part });
    silent = false;
    health.ready(part);
  };
  const isAway = (code: string, error?: unknown) => {
    if (over) return;
    if (!silent)
      log.warn('an engine does not answer', { part, code, ...(error === undefined ? {} : { error }) });
    silent = true;
    health.unready(part, `does not answer: ${code}`);
  };
  const ask = async () => {
    const stopTimer = clock.after(patienceMs, () => isAway('NO_ANSWER'));
    try {
      await probe();
      answers();
    } catch (error) {
      isAway(why(error), error);
    } finally {
      stopTimer();
    }
    if (!over) stopWaiting = clock.after(everyMs, () => void ask());
  };
  health.unready(part, 'not asked yet');
  void ask();
  return () => {
    over = true;
    stopWaiting();
  };
}
