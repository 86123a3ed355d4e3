import { isDomainError } from '#kernel';
import type { Patience } from '#engines';
import type { EarlyCalls, FollowedBy } from '#platform';

/** Waits for engines that are not there yet; readiness and the log say which, and calls are answered so far as they can be. */
export const patienceOf = (
  { health, clock, log }: FollowedBy,
  early: Pick<EarlyCalls, 'begin'>,
): Patience => ({
  clock,
  waiting(part, error) {
    const code = isDomainError(error) ? error.code : 'INTERNAL';
    health.unready(part, `cannot be opened yet: ${code}`);
    log.warn('waiting for an engine', { part, code, error });
    early.begin();
  },
});
