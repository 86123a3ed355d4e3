import type { scheduler } from '#contracts';
import type { ExecutorDocument } from './executor.projection.js';

/** `silentForMs` and `busy` are computed when somebody asks: they are nobody's facts. */
export function toExecutor(
  { id, facts, mode, left, joinedAt, scaledTo }: ExecutorDocument,
  now: { readonly silent: boolean; readonly busy: number },
): scheduler.ExecutorInfo {
  const { pool, labels, release, isolation, architecture } = facts;
  const slots = scaledTo ?? facts.slots;
  return {
    ...{ id, pool, labels: { ...labels }, slots, release, architecture, joinedAt },
    isolation: [...isolation],
    busy: now.busy,
    mode: left ? 'left' : now.silent ? 'silent' : mode,
  };
}
