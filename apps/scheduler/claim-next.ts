import { assertNoProblems, isDomainError } from '#kernel';
import { uuidV5 } from '#evidence';
import type { scheduler } from '#contracts';
import { runStream } from '#domain/run';
import type { CallContext } from '#platform';
import { positionToken, type CommandContext } from '#runtime';
import { nameProblems } from '#service';
import { joinedExecutor } from './join-pool.js';
import { suits } from './placement.js';
import { arrange } from './queue-order.js';
import type { QueueDocument } from './queue.projection.js';
import type { Scheduler } from './scheduler.js';
import { heldRuns, waitingRuns } from './waiting-runs.query.js';

/** Times that the queue is read anew after every run of it was taken by others meanwhile. */
const rounds = 3;

/** The next run for an executor, leased to it; undefined when there is nothing for it to do. */
export async function claimNext(
  scheduler: Scheduler,
  request: scheduler.ClaimNextRequest,
  context: CallContext,
): Promise<scheduler.Assignment | undefined> {
  const { executorId, pool, labels, freeSlots } = request;
  assertNoProblems(nameProblems('pool', pool), 'INVALID_REQUEST');
  const { mode, facts } = await joinedExecutor(scheduler, executorId);
  if (mode !== 'active' || freeSlots < 1) return undefined;
  const claimEvent = uuidV5(context.commandId, '0');
  const { queue } = scheduler.views;
  for (let round = 1; round <= rounds; round++) {
    // Before the read model is asked: what it shows later, it shows then or it is in here.
    const claiming = new Map(scheduler.claiming);
    const [waiting, shown, others] = await Promise.all([
      waitingRuns(queue, pool),
      heldRuns(queue),
      otherPlaces(scheduler, pool, executorId),
    ]);
    const again = shown.find(({ cause, executor }) => cause === claimEvent && executor === executorId);
    if (again !== undefined) return assignment(again, again.epoch, claimEvent);
    const own = { ...facts, labels };
    const open = waiting.filter(({ id, placement }) => !claiming.has(id) && suits(placement, own, others));
    if (open.length === 0) return undefined;
    const held = [...new Map([...claiming, ...shown.map((run) => [run.id, run] as const)]).values()];
    const inPool = held.filter((run) => run.pool === pool);
    for (const run of arrange(open, inPool, context.receivedAt)) {
      const epoch = await claim(scheduler, run, { executor: executorId, release: facts.release }, context);
      if (epoch !== undefined) return assignment(run, epoch, claimEvent);
    }
  }
  return undefined;
}

/** What the other executors of the pool are, as far as they could take a run. */
async function otherPlaces({ views, leases, config }: Scheduler, pool: string, own: string) {
  const executors = await views.executors.query({ where: [{ field: 'pool', is: pool }], limit: 1_000 });
  return executors
    .filter(({ id, left, mode }) => id !== own && !left && mode === 'active')
    .filter(({ id }) => leases.silentForMs(id) <= config.leaseTtlMs)
    .map(({ facts }) => facts);
}

/** The epoch of the lease; undefined when another scheduler or executor came first. */
async function claim(
  { runs, runtime, claiming }: Scheduler,
  run: QueueDocument,
  by: { readonly executor: string; readonly release: string },
  { commandId, receivedAt }: CallContext,
): Promise<number | undefined> {
  const { id, correlationId, cause } = run;
  if (claiming.has(id)) return undefined;
  claiming.set(id, run);
  const context: CommandContext = {
    ...{ commandId, receivedAt, correlationId, causationId: cause },
    actor: { id: by.executor, type: 'executor', roles: [] },
  };
  const command = { type: 'ClaimRun', ...by, at: receivedAt } as const;
  try {
    const { events, position } = await runs.execute(runStream(id), command, context);
    void runtime
      .reached({ minPosition: positionToken(position), projections: ['queue'] })
      .catch(() => undefined)
      .then(() => claiming.delete(id));
    const [claimed] = events;
    return claimed?.type === 'RunClaimed' ? claimed.epoch : undefined;
  } catch (error) {
    claiming.delete(id);
    if (isDomainError(error) && lost.has(error.code)) return undefined;
    throw error;
  }
}

const lost = new Set(['RUN_NOT_QUEUED', 'CONTENTION']);

const assignment = (run: QueueDocument, epoch: number, causationId: string): scheduler.Assignment => ({
  runId: run.id,
  epoch,
  manifest: run.manifest,
  reproducibilityKey: run.reproducibilityKey,
  namespace: run.namespace,
  correlationId: run.correlationId,
  causationId,
});
