import type { Chance, Clock } from '#kernel';
import type { scheduler } from '#contracts';
import type { Log } from '#platform';
import type { SchedulerDoor } from './scheduler-door.js';
import type { Bell } from './wake.js';

export interface ClaimsOptions {
  readonly door: SchedulerDoor;
  readonly request: Omit<scheduler.ClaimNextRequest, 'freeSlots' | 'waitMs'>;
  /** Attempts that may be begun now; 0 when this executor is full, drains or has not joined. */
  freeSlots(): number;
  begin(assignment: scheduler.Assignment): void;
  readonly bell: Bell;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  /** No more is claimed; a claim that was made is still answered. */
  readonly enough: AbortSignal;
  /** Ends a claim that was made, too. */
  readonly signal: AbortSignal;
}

const pollMs = 2_000;
/** How long the scheduler is to wait for work before it says that there is none. */
const waitMs = 20_000;
const answerMs = 10_000;

/**
 * Waits for work at the scheduler as long as there are free slots; where that does not wait, asks whenever the bell rings and every
 * few seconds. A claim without an answer is asked again as it was, also when there is no free slot any more and when it is enough,
 * so that a lease is not lost on the way. Ends when it is enough.
 */
export async function keepClaiming(options: ClaimsOptions): Promise<void> {
  const { bell, chance, clock, enough, log, freeSlots, begin } = options;
  let failing = false;
  /** Key of the claim that was not answered yet. */
  let open: string | undefined;
  while (!enough.aborted) {
    try {
      while (!enough.aborted && (open !== undefined || freeSlots() > 0)) {
        open ??= chance.uuid();
        const askedAt = clock.monotonicMs();
        const assignment = await claim(options, open);
        open = undefined;
        failing = false;
        if (assignment !== undefined) begin(assignment);
        else if (clock.monotonicMs() - askedAt < waitMs / 2) break;
      }
    } catch (error) {
      if (!failing && !enough.aborted) log.warn('work cannot be claimed; trying on', { error });
      failing = true;
    }
    await bell.wait(pollMs * (0.75 + chance.fraction() / 2), enough);
  }
  if (open !== undefined) await lastClaim(options, open);
}

/** Without a free slot a claim gives only what it was given before. */
async function claim(
  { door, request, freeSlots, enough, signal }: ClaimsOptions,
  key: string,
): Promise<scheduler.Assignment | undefined> {
  const free = freeSlots();
  const call = {
    ...{ idempotencyKey: key, retryForMs: 1_000, deadlineMs: waitMs + answerMs },
    signal: AbortSignal.any([signal, enough]),
  };
  const asked = { ...request, freeSlots: free, waitMs: free > 0 ? waitMs : 0 };
  return (await door.claimNext(asked, call)).assignment;
}

/** Who hung up may have been given a run already. */
async function lastClaim({ door, request, begin, log, signal }: ClaimsOptions, key: string): Promise<void> {
  const call = { idempotencyKey: key, retryForMs: 1_000, deadlineMs: answerMs, signal };
  try {
    const { assignment } = await door.claimNext({ ...request, freeSlots: 0, waitMs: 0 }, call);
    if (assignment !== undefined) begin(assignment);
  } catch (error) {
    log.debug('a claim was never answered', { error });
  }
}
