import { assertNoProblems, DomainError, type Problem } from '#kernel';
import type { scheduler } from '#contracts';
import { executorStream, type ExecutorFacts } from '#domain/executor';
import { missing } from '#platform';
import { positionToken, type CommandContext } from '#runtime';
import { nameProblems } from '#service';
import { expireLease } from './expire-lease.js';
import { uuidProblems } from './run-request.js';
import type { Scheduler } from './scheduler.js';
import { toldEvents } from './told-events.js';
import { heldRuns } from './held-runs.query.js';

const mostSlots = 1_000;

/**
 * Records an executor as it is now. Joining says "I hold nothing": what it held before is lost with the process that held it,
 * and is queued again at once.
 */
export async function joinPool(
  scheduler: Scheduler,
  { executor, address }: scheduler.JoinPoolRequest,
  context: CommandContext,
): Promise<void> {
  const { executors, leases, present } = scheduler;
  const { id = '' } = executor ?? {};
  assertNoProblems([...uuidProblems('executor.id', id), ...factProblems(executor)], 'INVALID_REQUEST');
  const facts = factsOf(executor as scheduler.ExecutorInfo, address);
  const command = { type: 'JoinPool', facts, at: context.receivedAt } as const;
  const { events, revision, position } = await executors.execute(executorStream(id), command, context);
  present.take(toldEvents(executorStream(id), events, revision, context));
  await leases.beat({ executor: id, leases: [] });
  const message = 'the executor started again and holds nothing of what it held before';
  await endLeases(scheduler, id, positionToken(position), message);
}

/** Records that an executor is in no pool any more; what it has not finished is queued again at once. @throws EXECUTOR_NOT_JOINED */
export async function leavePool(
  scheduler: Scheduler,
  { executorId: id }: scheduler.LeavePoolRequest,
  context: CommandContext,
): Promise<void> {
  const { executors, present } = scheduler;
  await joinedExecutor(scheduler, id);
  const command = { type: 'LeavePool', at: context.receivedAt } as const;
  const { events, revision, position } = await executors.execute(executorStream(id), command, context);
  present.take(toldEvents(executorStream(id), events, revision, context));
  await endLeases(scheduler, id, positionToken(position), 'the executor left before the run had ended');
}

async function endLeases(
  scheduler: Scheduler,
  executor: string,
  minPosition: string,
  message: string,
): Promise<void> {
  const { runtime, views } = scheduler;
  await runtime.reached({ minPosition, projections: ['queue'] });
  for (const { id: run, epoch, pool } of await heldRuns(views.queue, executor))
    await expireLease(scheduler, { run, epoch, pool, cause: 'executor-lost', message });
}

function factProblems(given: scheduler.ExecutorInfo | undefined): readonly Problem[] {
  if (given === undefined) return missing('executor', undefined);
  const { pool, slots } = given;
  return [
    ...nameProblems('executor.pool', pool),
    ...(slots >= 1 && slots <= mostSlots
      ? []
      : [
          {
            code: 'SLOTS_INVALID',
            field: 'executor.slots',
            message: `must be from 1 to ${mostSlots}`,
            found: String(slots),
          },
        ]),
  ];
}

const factsOf = (
  { pool, labels, slots, release, isolation, architecture }: scheduler.ExecutorInfo,
  address: string,
): ExecutorFacts => ({ pool, labels: { ...labels }, slots, release, isolation, architecture, address });

/** An executor that nobody knows, or that left, has to join first. @throws EXECUTOR_NOT_JOINED, INVALID_REQUEST */
export async function joinedExecutor({ executors, present }: Scheduler, id: string) {
  assertNoProblems(uuidProblems('executor_id', id), 'INVALID_REQUEST');
  const known = present.executor(executorStream(id));
  const state = known?.status === 'joined' ? known : (await executors.load(executorStream(id))).state;
  if (state.status === 'joined') return state;
  throw new DomainError('rule', 'EXECUTOR_NOT_JOINED', 'this executor is in no pool; join one first');
}
