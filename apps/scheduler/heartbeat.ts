import { isHeld, runStream } from '#domain/run';
import type { scheduler } from '#contracts';
import { joinedExecutor } from './join-pool.js';
import type { Scheduler } from './scheduler.js';
import { uuidPattern } from './run-request.js';

/** Keeps leases alive, and tells the executor which of them to give up. @throws EXECUTOR_NOT_JOINED */
export async function heartbeat(
  scheduler: Scheduler,
  { executorId, leases }: scheduler.HeartbeatRequest,
): Promise<scheduler.HeartbeatResponse> {
  const { mode, facts } = await joinedExecutor(scheduler, executorId);
  const judged = await Promise.all(
    leases.map(async (lease) => ({ lease, says: await judge(scheduler, executorId, lease) })),
  );
  const kept = judged.filter(({ says }) => says !== 'abandon');
  await scheduler.leases.beat({
    executor: executorId,
    leases: kept.map(({ lease: { runId, epoch } }) => ({ run: runId, epoch })),
  });
  return {
    cancel: judged.filter(({ says }) => says === 'cancel').map(({ lease }) => lease),
    abandon: judged.filter(({ says }) => says === 'abandon').map(({ lease }) => lease),
    mode,
    workWaiting: mode === 'active' && scheduler.present.runs().hasWork(facts.pool),
  };
}

async function judge(
  { runs }: Scheduler,
  executor: string,
  { runId, epoch }: scheduler.Lease,
): Promise<'keep' | 'cancel' | 'abandon'> {
  if (!uuidPattern.test(runId)) return 'abandon';
  const { state } = await runs.load(runStream(runId));
  const own = isHeld(state) && state.attempt.epoch === epoch && state.attempt.executor === executor;
  if (!own) return 'abandon';
  return state.status === 'cancelling' ? 'cancel' : 'keep';
}
