import { epochMs, isDomainError, type Clock } from '#kernel';
import type { common } from '#contracts';
import type { Told } from '#observability';
import type { Present } from './present.js';

/** How many runs of each pool wait, for how long, and how many are held. @throws NOT_READY before the queue is read */
function countedBy(present: Present, clock: Clock): readonly common.PoolStatus[] {
  const now = epochMs(clock.now());
  return [...present.runs().byPool()].map(([pool, { waiting, held, oldest }]) => ({
    ...{ pool, waiting, held },
    oldestSeconds: oldest === undefined ? 0 : Math.max(0, now - epochMs(oldest)) / 1000,
  }));
}

/** For metrics. */
export function tellQueue(told: Told, present: Present, clock: Clock): void {
  for (const { pool, waiting, held, oldestSeconds } of countedBy(present, clock)) {
    told('holdfast_queue_runs', { pool }, waiting);
    told('holdfast_claimed_runs', { pool }, held);
    told('holdfast_queue_oldest_seconds', { pool }, oldestSeconds);
  }
}

/** For a diagnosis: nothing before the queue is read. */
export function poolsOf(present: Present, clock: Clock): readonly common.PoolStatus[] {
  try {
    return countedBy(present, clock);
  } catch (error) {
    if (isDomainError(error) && error.code === 'NOT_READY') return [];
    throw error;
  }
}
