import { epochMs, type Clock } from '#kernel';
import type { Told } from '#observability';
import type { Present } from './present.js';

/** Tells how many runs of each pool wait, for how long, and how many are held; nothing before the queue is read. */
export function tellQueue(told: Told, present: Present, clock: Clock): void {
  const now = epochMs(clock.now());
  for (const [pool, { waiting, held, oldest }] of present.runs().byPool()) {
    told('holdfast_queue_runs', { pool }, waiting);
    told('holdfast_claimed_runs', { pool }, held);
    const seconds = oldest === undefined ? 0 : Math.max(0, now - epochMs(oldest)) / 1000;
    told('holdfast_queue_oldest_seconds', { pool }, seconds);
  }
}
