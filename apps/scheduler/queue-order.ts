import { epochMs, type Instant } from '#kernel';
import type { QueueDocument } from './queue.projection.js';

/** Waiting this long is worth one point of priority. */
const pointMs = 5 * 60_000;

/**
 * Who is next: priority first; of equal ones the namespace with the fewest runs held; then recorded order. Waiting lifts a run,
 * up to the highest priority that waits and never above: so nobody starves, and a long queue does not undo fairness. Wall-clock
 * time shifts only who goes first, by seconds where clocks differ.
 */
export function arrange(
  waiting: readonly QueueDocument[],
  held: readonly Pick<QueueDocument, 'namespace'>[],
  now: Instant,
): readonly QueueDocument[] {
  const top = Math.max(...waiting.map(({ priority }) => priority));
  const running = new Map<string, number>();
  for (const { namespace } of held) running.set(namespace, (running.get(namespace) ?? 0) + 1);
  const ranked = waiting.map((run) => {
    const points = Math.floor(Math.max(0, epochMs(now) - epochMs(run.submittedAt)) / pointMs);
    return {
      run,
      urgency: Math.min(top, run.priority + points),
      busy: running.get(run.namespace) ?? 0,
    };
  });
  return ranked
    .sort((a, b) => b.urgency - a.urgency || a.busy - b.busy || a.run.order - b.run.order)
    .map(({ run }) => run);
}
