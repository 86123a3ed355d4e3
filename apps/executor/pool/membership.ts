import { isDomainError, type Chance, type Clock } from '#kernel';
import type { scheduler } from '#contracts';
import type { Log } from '#platform';
import type { Attempts } from './attempts.js';
import type { SchedulerDoor } from './scheduler-door.js';
import type { Bell } from './wake.js';

export interface MembershipOptions {
  readonly door: SchedulerDoor;
  readonly join: scheduler.JoinPoolRequest;
  readonly attempts: Attempts;
  /** Rung when the scheduler has something to say about what is held: the next heartbeat goes at once. */
  readonly call: Bell;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** @param slots attempts to run at once */
  onJoined(slots: number): void;
  onHeard(heard: { readonly mode: string; readonly workWaiting: boolean; readonly slots: number }): void;
}

const firstPauseMs = 100;
const longestPauseMs = 5_000;
const joinDeadlineMs = 10_000;

/**
 * Joins the pool as often as it takes, then says in time that this executor and what it holds are alive, and does what the answers
 * ask. A scheduler that is away is waited for; one that knows this executor no longer is joined again, which gives up what was
 * held. Ends with the signal.
 */
export async function keepMembership(options: MembershipOptions): Promise<void> {
  const { signal, onJoined } = options;
  while (!signal.aborted) {
    const joined = await join(options);
    if (joined === undefined) return;
    onJoined(joined.slots);
    await beat(options, Math.max(10, joined.heartbeatMs));
  }
}

/** @returns undefined when the signal aborted first */
async function join({ door, join, clock, chance, log, signal }: MembershipOptions) {
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      const call = { idempotencyKey: chance.uuid(), deadlineMs: joinDeadlineMs, retryForMs: 0, signal };
      return await door.joinPool(join, call);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (pauseMs === longestPauseMs) log.warn('the pool cannot be joined; trying on', { error });
      await clock.sleep(pauseMs * (0.5 + chance.fraction() / 2), signal).catch(() => undefined);
    }
  }
  return undefined;
}

/** Ends when the scheduler does not know this executor, or with the signal. */
async function beat(
  { door, join, attempts, call, log, signal, onHeard }: MembershipOptions,
  heartbeatMs: number,
): Promise<void> {
  const executorId = join.executor?.id ?? '';
  let heard = true;
  while (!signal.aborted) {
    await call.wait(heartbeatMs, signal);
    if (signal.aborted) return;
    try {
      const request = { executorId, leases: attempts.list() };
      const answer = await door.heartbeat(request, { deadlineMs: Math.max(1_000, heartbeatMs), signal });
      if (!heard) log.info('the scheduler answers again');
      heard = true;
      for (const lease of answer.abandon) attempts.stop(lease, 'abandoned');
      for (const lease of answer.cancel) attempts.stop(lease, 'cancelled');
      onHeard(answer);
    } catch (error) {
      if (isDomainError(error) && (error.kind === 'not-found' || error.kind === 'rule')) {
        log.warn('the scheduler does not know this executor any more; joining again', { error });
        attempts.stopAll('abandoned');
        return;
      }
      if (heard && !signal.aborted) log.warn('the scheduler does not answer heartbeats', { error });
      heard = false;
    }
  }
}
