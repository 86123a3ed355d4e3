import { assertNoProblems, isDomainError, type Digest, type ErrorKind } from '#kernel';
import type { scheduler } from '#contracts';
import { runStream } from '#domain/run';
import type { CallContext } from '#platform';
import { partOf, positionToken, type CommandContext } from '#runtime';
import { claimNow } from './claim-next.js';
import { expireLease } from './expire-lease.js';
import { parseReports } from './parse-report.js';
import { uuidProblems } from './run-request.js';
import type { Scheduler } from './scheduler.js';
import { toldEvents } from './told-events.js';

type Claim = scheduler.ClaimNextRequest;

/**
 * Records what an executor says of its attempt, all of it or nothing; what was said before changes nothing, and what an attempt
 * says that is over is refused. Where the executor says so, the answer has its next run.
 * @throws STALE_EPOCH (rule) when the lease is no longer the executor's: stop, report nothing more. REPORT_INVALID,
 * BLOB_MISSING, REPORT_CONTRADICTS, STEPS_INCOMPLETE
 */
export async function reportAttempt(
  scheduler: Scheduler,
  { runId, epoch, executorId, report, reports: several, next }: scheduler.ReportAttemptRequest,
  { commandId, receivedAt }: CallContext,
): Promise<scheduler.ReportAttemptResponse> {
  const { runs, attemptContext, wakeUps, present } = scheduler;
  assertNoProblems(
    [...uuidProblems('run_id', runId), ...uuidProblems('executor_id', executorId)],
    'REPORT_INVALID',
  );
  const { reports, digests } = parseReports(several.length > 0 ? several.map((one) => one.report) : [report]);
  const actor = { id: executorId, type: 'executor', roles: [] } as const;
  const [context] = await Promise.all([
    attemptContext.of(runId, epoch, { commandId, actor, receivedAt }),
    assertHeld(scheduler, digests),
  ]);
  const stream = runStream(runId);
  const command = { type: 'ReportAttempt', epoch, executor: executorId, reports, at: receivedAt } as const;
  const claimNext = (freeSlots?: number) =>
    nextRun(
      scheduler,
      { ...(next as Claim), executorId, freeSlots: freeSlots ?? next?.freeSlots ?? 0 },
      context,
    );
  // Claimed beside it, so that both are one commit, where the lease is the executor's as far as is known.
  const beside = next && isHolder(scheduler, runId, epoch, executorId) ? claimNext() : undefined;
  const executed = await runs.execute(stream, command, context).catch(async (error: unknown) => {
    if (isFenced(error))
      scheduler.instruments.meter.count('holdfast_fenced_reports_total', {
        pool: poolOf(scheduler, runId, next),
      });
    const given = await beside;
    // Also what an earlier call of this report was given.
    if (next && isFinal(error)) await giveBack(scheduler, given ?? (await claimNext(0)));
    throw error;
  });
  const { events, state, revision, position } = executed;
  if (events.some(({ type }) => type === 'RunRetried')) {
    present.take(toldEvents(stream, events, revision, context));
    const waiting = present.runs().get(runId);
    if (waiting !== undefined) wakeUps.wake(waiting.pool);
  }
  const assignment = await (beside ?? (next && claimNext()));
  return { position: positionToken(position), cancel: state.status === 'cancelling', assignment };
}

/** What was reported is recorded, so nothing that keeps the executor from another run is told here: it asks again by itself. */
async function nextRun(
  scheduler: Scheduler,
  request: scheduler.ClaimNextRequest,
  context: CommandContext,
): Promise<scheduler.Assignment | undefined> {
  const answer = await claimNow(scheduler, request, partOf(context, 'next')).catch(() => undefined);
  return answer === 'no work' ? undefined : answer;
}

function isHolder({ present }: Scheduler, runId: string, epoch: number, executor: string): boolean {
  const run = present.open(runId);
  return run?.executor === executor && run.epoch === epoch;
}

const isFenced = (error: unknown): boolean => isDomainError(error) && error.code === 'STALE_EPOCH';

/** Of a run that is over it is not known here any more; then that of the executor, if it says. */
const poolOf = ({ present }: Scheduler, run: string, next: Claim | undefined): string =>
  present.runs().get(run)?.pool ?? (next?.pool || 'unknown');

/** Any other report that fails is sent again, and its answer has the run that was claimed with it. */
const isFinal = (error: unknown): boolean => isDomainError(error) && !passing.includes(error.kind);
const passing: readonly ErrorKind[] = ['unavailable', 'timeout', 'exhausted', 'conflict', 'cancelled', 'bug'];

/** Nobody will hear of a lease that was to be told with what was refused. */
async function giveBack(scheduler: Scheduler, assigned: scheduler.Assignment | undefined): Promise<void> {
  if (assigned === undefined) return;
  const { runId: run, epoch } = assigned;
  const pool = scheduler.present.runs().get(run)?.pool ?? '';
  const message = 'the executor could not be told that the run is its own';
  await expireLease(scheduler, { run, epoch, pool, cause: 'executor-lost', message });
}

/** A digest counts only when the server holds the bytes. */
async function assertHeld({ runtime }: Scheduler, digests: readonly Digest[]): Promise<void> {
  if (digests.length === 0) return;
  const absent = await runtime.lately.missing(digests);
  const message = 'the server does not hold its bytes';
  assertNoProblems(
    absent.map((digest) => ({ code: 'BLOB_MISSING', field: 'report', message, found: digest })),
    'BLOB_MISSING',
  );
}
