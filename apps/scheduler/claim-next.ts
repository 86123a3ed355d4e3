import { assertNoProblems, epochMs, isDomainError, type Instant } from '#kernel';
import type { scheduler } from '#contracts';
import type { Meter } from '#observability';
import { runStream } from '#domain/run';
import type { CallContext } from '#platform';
import { eventIdOf, positionToken, type CommandContext } from '#runtime';
import { nameProblems } from '#service';
import { heldRuns } from './held-runs.query.js';
import { joinedExecutor } from './join-pool.js';
import { canRun, hasLabels, suits } from './placement.js';
import { arrange } from './queue-order.js';
import { withinQuotas } from './quotas.js';
import type { QueueDocument } from './queue.projection.js';
import type { Scheduler } from './scheduler.js';
import { toldEvents } from './told-events.js';

/** The command that claims: the same one again gets the same run. */
type Claim = Pick<CallContext, 'commandId' | 'receivedAt'>;
type Joined = Awaited<ReturnType<typeof joinedExecutor>>;

/** Times that the queue is looked at anew after every run of it was taken by others meanwhile. */
const rounds = 3;
const longestWaitMs = 30_000;
/** The answer arrives before the caller gives up. */
const answerMs = 500;

/** The next run for an executor, leased to it; undefined when there is nothing for it to do and none came while it waited. */
export async function claimNext(
  scheduler: Scheduler,
  request: scheduler.ClaimNextRequest,
  context: CallContext,
): Promise<scheduler.Assignment | undefined> {
  const { present, clock, claims } = scheduler;
  const waitMs = Math.min(request.waitMs, longestWaitMs, context.deadlineMs - answerMs);
  const until = clock.monotonicMs() + waitMs;
  const { signal, freeSlots, forget } = claims.wait(context.commandId, request.freeSlots, context.signal);
  const asked = { ...request, freeSlots };
  try {
    for (;;) {
      const work = present.nextWork(request.pool);
      try {
        // A claim is made when it is made, not when the waiting for it began.
        const answer = await claimNow(scheduler, asked, { ...context, receivedAt: clock.now() }, signal);
        if (answer !== 'no work') return answer;
        const leftMs = until - clock.monotonicMs();
        if (leftMs <= 0 || !(await work.comes(leftMs, signal))) return undefined;
      } finally {
        work.forget();
      }
    }
  } finally {
    forget();
  }
}

/**
 * The next run as things stand; undefined when the executor is to have none. The same claim again, whatever became of the first
 * call, gives the same lease for as long as that lasts.
 * @param signal nothing is claimed for whoever has hung up
 */
export const claimNow = (
  scheduler: Scheduler,
  request: scheduler.ClaimNextRequest,
  claim: Claim,
  signal?: AbortSignal,
): Promise<scheduler.Assignment | 'no work' | undefined> =>
  scheduler.claims.make(request.executorId, claim.commandId, async () =>
    signal?.aborted ? undefined : claimOnce(scheduler, request, claim),
  );

async function claimOnce(
  scheduler: Scheduler,
  { executorId, pool, labels, freeSlots }: scheduler.ClaimNextRequest,
  claim: Claim,
): Promise<scheduler.Assignment | 'no work' | undefined> {
  assertNoProblems(nameProblems('pool', pool), 'INVALID_REQUEST');
  const joined = await joinedExecutor(scheduler, executorId);
  const { quotas } = scheduler;
  const runs = scheduler.present.runs();
  const again = runs.held(executorId).find(isOf(claim));
  if (again !== undefined) return assignment(again, again.epoch, claim);
  if (joined.mode !== 'active' || freeSlots < 1) return givenBefore(scheduler, executorId, claim);
  for (let round = 1; round <= rounds; round++) {
    const open = await openFor(scheduler, pool, { ...joined.facts, labels }, executorId);
    if (open.length === 0) return 'no work';
    const held = runs.held();
    const inPool = held.filter((run) => run.pool === pool);
    const allowed = withinQuotas(open, held, quotas);
    for (const run of arrange(allowed, inPool, claim.receivedAt)) {
      const by = { executor: executorId, release: joined.facts.release };
      const epoch = await claimRun(scheduler, run, by, claim);
      if (epoch === 'used') return givenBefore(scheduler, executorId, claim);
      if (epoch !== 'lost') return assignment(run, epoch, claim);
    }
  }
  return 'no work';
}

/** What this claim was given when it was carried out before, elsewhere perhaps; undefined when that lease is over. */
async function givenBefore({ runtime, views }: Scheduler, executor: string, claim: Claim) {
  const minPosition = positionToken(await runtime.engines.eventStore.head());
  await runtime.reached({ minPosition, projections: ['queue'] });
  const run = (await heldRuns(views.queue, executor)).find(isOf(claim));
  return run && assignment(run, run.epoch, claim);
}

const claimEventOf = ({ commandId }: Pick<Claim, 'commandId'>, run: string): string =>
  eventIdOf(commandId, runStream(run), 0);

/** Whether a run is leased by this claim. */
const isOf =
  (claim: Claim) =>
  ({ id, cause }: Pick<QueueDocument, 'id' | 'cause'>): boolean =>
    cause === claimEventOf(claim, id);

/** Waiting runs that are for this executor rather than for another one. */
async function openFor(scheduler: Scheduler, pool: string, own: Joined['facts'], id: string) {
  const { present, claiming } = scheduler;
  const open = present
    .runs()
    .waiting(pool)
    .filter((run) => !claiming.has(run.id) && hasLabels(run.placement, own.labels));
  if (open.every(({ placement }) => canRun(placement, own))) return open;
  const others = await otherPlaces(scheduler, pool, id);
  return open.filter(({ placement }) => suits(placement, own, others));
}

/** What the other executors of the pool are, as far as they could take a run. */
async function otherPlaces({ views, leases, config }: Scheduler, pool: string, own: string) {
  const executors = await views.executors.query({ where: [{ field: 'pool', is: pool }], limit: 1_000 });
  return executors
    .filter(({ id, left, mode }) => id !== own && !left && mode === 'active')
    .filter(({ id }) => leases.silentForMs(id) <= config.leaseTtlMs)
    .map(({ facts }) => facts);
}

/** The epoch of the lease; `lost` when another scheduler or executor came first, `used` when this claim was carried out before. */
async function claimRun(
  { runs, claiming, present, attemptContext, instruments: { meter, tracer } }: Scheduler,
  run: QueueDocument,
  by: { readonly executor: string; readonly release: string },
  { commandId, receivedAt }: Claim,
): Promise<number | 'lost' | 'used'> {
  const { id, correlationId, cause } = run;
  if (claiming.has(id)) return 'lost';
  claiming.add(id);
  const context: CommandContext = {
    ...{ commandId, receivedAt, correlationId, causationId: cause },
    actor: { id: by.executor, type: 'executor', roles: [] },
  };
  const command = { type: 'ClaimRun', ...by, at: receivedAt } as const;
  const span = { name: 'claim', correlationId, causedBy: cause, facts: { 'holdfast.run': id } };
  const since = present.runs().waitingSince(id);
  try {
    const { events, revision } = await tracer.within(span, () =>
      runs.execute(runStream(id), command, context),
    );
    const [claimed] = events;
    if (claimed?.type !== 'RunClaimed') return 'used';
    if (since !== undefined) observeClaim(meter, run.pool, since, receivedAt);
    present.take(toldEvents(runStream(id), events, revision, context));
    attemptContext.remember(id, claimed.epoch, {
      correlationId,
      causationId: claimEventOf({ commandId }, id),
    });
    return claimed.epoch;
  } catch (error) {
    if (isDomainError(error) && lost.has(error.code)) return 'lost';
    if (isDomainError(error) && error.code === 'IDEMPOTENCY_KEY_REUSED') return 'used';
    throw error;
  } finally {
    claiming.delete(id);
  }
}

const observeClaim = (meter: Meter, pool: string, since: Instant, claimedAt: Instant): void =>
  meter.observe('holdfast_claim_seconds', { pool }, Math.max(0, epochMs(claimedAt) - epochMs(since)) / 1000);

const lost = new Set(['RUN_NOT_QUEUED', 'CONTENTION']);

const assignment = (run: QueueDocument, epoch: number, claim: Claim): scheduler.Assignment => ({
  runId: run.id,
  epoch,
  manifest: run.manifest,
  reproducibilityKey: run.reproducibilityKey,
  namespace: run.namespace,
  correlationId: run.correlationId,
  causationId: claimEventOf(claim, run.id),
});
