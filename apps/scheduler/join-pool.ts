import { assertNoProblems, DomainError, type Problem } from '#kernel';
import type { scheduler } from '#contracts';
import { executorStream, slotsOf, type ExecutorFacts } from '#domain/executor';
import { runStream } from '#domain/run';
import type { Position } from '#event-store';
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
 * @returns the attempts that it is to run at once
 */
export async function joinPool(
  scheduler: Scheduler,
  { executor, address }: scheduler.JoinPoolRequest,
  context: CommandContext,
): Promise<number> {
  const { executors, leases, present, claims } = scheduler;
  const { id = '' } = executor ?? {};
  assertNoProblems([...uuidProblems('executor.id', id), ...factProblems(executor)], 'INVALID_REQUEST');
  const facts = factsOf(executor as scheduler.ExecutorInfo, address);
  // What was claimed for the process before this one comes before the joining, and ends with it.
  await claims.made(id);
  const command = { type: 'JoinPool', facts, at: context.receivedAt } as const;
  const { events, revision, position } = await executors.execute(executorStream(id), command, context);
  present.take(toldEvents(executorStream(id), events, revision, context));
  await leases.beat({ executor: id, leases: [] });
  const message = 'the executor started again and holds nothing of what it held before';
  await endLeases(scheduler, id, position, message);
  return slotsOf(await joinedExecutor(scheduler, id));
}

/** Records that an executor is in no pool any more; what it has not finished is queued again at once. @throws EXECUTOR_NOT_JOINED */
export async function leavePool(
  scheduler: Scheduler,
  { executorId: id }: scheduler.LeavePoolRequest,
  context: CommandContext,
): Promise<void> {
  const { executors, present, claims, runtime } = scheduler;
  await joinedExecutor(scheduler, id);
  const command = { type: 'LeavePool', at: context.receivedAt } as const;
  const { events, revision } = await executors.execute(executorStream(id), command, context);
  present.take(toldEvents(executorStream(id), events, revision, context));
  // A claim that still found it there.
  await claims.made(id);
  const until = await runtime.engines.eventStore.head();
  await endLeases(scheduler, id, until, 'the executor left before the run had ended');
}

/** Ends what an executor was given up to a position: what it was given later, by whichever scheduler, it holds. */
async function endLeases(
  scheduler: Scheduler,
  executor: string,
  until: Position | undefined,
  message: string,
): Promise<void> {
  const { runtime, views } = scheduler;
  await runtime.reached({ minPosition: positionToken(until), projections: ['queue'] });
  for (const { id: run, epoch, pool, cause } of await heldRuns(views.queue, executor))
    if (!(await isLater(runtime, { run, cause }, until)))
      await expireLease(scheduler, { run, epoch, pool, cause: 'executor-lost', message });
}

async function isLater(
  { engines: { eventStore } }: Scheduler['runtime'],
  claim: { readonly run: string; readonly cause: string },
  until: Position | undefined,
): Promise<boolean> {
  for await (const batch of eventStore.readStream(runStream(claim.run)))
    for (const { eventId, position } of batch)
      if (eventId === claim.cause)
        return until === undefined || eventStore.comparePositions(position, until) > 0;
  return false;
}

function factProblems(given: scheduler.ExecutorInfo | undefined): readonly Problem[] {
  if (given === undefined) return missing('executor', undefined);
  const { pool, slots } = given;
  return [...nameProblems('executor.pool', pool), ...slotsProblems('executor.slots', slots)];
}

export const slotsProblems = (field: string, slots: number): readonly Problem[] =>
  slots >= 1 && slots <= mostSlots
    ? []
    : [{ code: 'SLOTS_INVALID', field, message: `must be from 1 to ${mostSlots}`, found: String(slots) }];

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
