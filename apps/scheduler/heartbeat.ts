import { slotsOf } from '#domain/executor';
import { isHeld, newestAttempt, runStream } from '#domain/run';
import type { scheduler } from '#contracts';
import type { CallContext } from '#platform';
import { joinedExecutor } from './join-pool.js';
import type { Scheduler } from './scheduler.js';
import { uuidPattern } from './run-request.js';

/** Keeps leases alive, and tells the executor which of them to give up. @throws EXECUTOR_NOT_JOINED */
export async function heartbeat(
  scheduler: Scheduler,
  { executorId, leases }: scheduler.HeartbeatRequest,
  context: CallContext,
): Promise<scheduler.HeartbeatResponse> {
  await scheduler.present.whenReady(context);
  const joined = await joinedExecutor(scheduler, executorId);
  const { mode, facts } = joined;
  const judged = await Promise.all(
    leases.map(async (lease) => ({ lease, says: await judge(scheduler, executorId, lease) })),
  );
  const kept = judged.filter(({ says }) => says === 'keep' || says === 'cancel');
  await scheduler.leases.beat({
    executor: executorId,
    leases: kept.map(({ lease: { runId, epoch } }) => ({ run: runId, epoch })),
  });
  return {
    cancel: judged.filter(({ says }) => says === 'cancel').map(({ lease }) => lease),
    abandon: judged.filter(({ says }) => says === 'abandon').map(({ lease }) => lease),
    mode,
    slots: slotsOf(joined),
    workWaiting: mode === 'active' && scheduler.present.runs().hasWork(facts.pool),
  };
}

async function judge(
  { runs }: Scheduler,
  executor: string,
  { runId, epoch }: scheduler.Lease,
): Promise<'keep' | 'cancel' | 'abandon' | 'ended'> {
  if (!uuidPattern.test(runId)) return 'abandon';
  const { state } = await runs.load(runStream(runId));
  const attempt = newestAttempt(state);
  if (attempt?.epoch !== epoch || attempt.executor !== executor) return 'abandon';
  if (isHeld(state)) return state.status === 'cancelling' ? 'cancel' : 'keep';
  // Ended by its own report: the answer to that, on its way perhaps and with the next run in it, is not to be hung up on.
  return attempt.end === 'lease-expired' ? 'abandon' : 'ended';
}
