import { assertNoProblems, type Digest } from '#kernel';
import type { scheduler } from '#contracts';
import { runStream } from '#domain/run';
import type { CallContext } from '#platform';
import { partOf, positionToken, type CommandContext } from '#runtime';
import { claimNow } from './claim-next.js';
import { parseReports } from './parse-report.js';
import { uuidProblems } from './run-request.js';
import type { Scheduler } from './scheduler.js';
import { toldEvents } from './told-events.js';

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
  const { events, state, revision, position } = await runs.execute(stream, command, context);
  if (events.some(({ type }) => type === 'RunRetried')) {
    present.take(toldEvents(stream, events, revision, context));
    const waiting = present.runs().get(runId);
    if (waiting !== undefined) wakeUps.wake(waiting.pool);
  }
  const assignment =
    next === undefined ? undefined : await nextRun(scheduler, { ...next, executorId }, context);
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

/** A digest counts only when the server holds the bytes. */
async function assertHeld({ runtime }: Scheduler, digests: readonly Digest[]): Promise<void> {
  if (digests.length === 0) return;
  const absent = await runtime.engines.artifacts.missing(digests);
  const message = 'the server does not hold its bytes';
  assertNoProblems(
    absent.map((digest) => ({ code: 'BLOB_MISSING', field: 'report', message, found: digest })),
    'BLOB_MISSING',
  );
}
