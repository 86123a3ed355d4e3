import { assertNoProblems, type Digest } from '#kernel';
import type { scheduler } from '#contracts';
import { runStream } from '#domain/run';
import type { CallContext } from '#platform';
import { positionToken } from '#runtime';
import { parseReport } from './parse-report.js';
import { uuidProblems } from './run-request.js';
import type { Scheduler } from './scheduler.js';

/**
 * Records what an executor says of its attempt. The same report again changes nothing; one of an attempt that is over is refused.
 * @throws STALE_EPOCH (rule) when the lease is no longer the executor's: stop, report nothing more. REPORT_INVALID,
 * BLOB_MISSING, REPORT_CONTRADICTS, STEPS_INCOMPLETE
 */
export async function reportAttempt(
  scheduler: Scheduler,
  { runId, epoch, executorId, report: given }: scheduler.ReportAttemptRequest,
  { commandId, receivedAt }: CallContext,
): Promise<scheduler.ReportAttemptResponse> {
  const { runs, attemptContext, wakeUps, views } = scheduler;
  assertNoProblems(
    [...uuidProblems('run_id', runId), ...uuidProblems('executor_id', executorId)],
    'REPORT_INVALID',
  );
  const { report, digests } = parseReport(given);
  const actor = { id: executorId, type: 'executor', roles: [] } as const;
  const [context] = await Promise.all([
    attemptContext(runId, epoch, { commandId, actor, receivedAt }),
    assertHeld(scheduler, digests),
  ]);
  const command = { type: 'ReportAttempt', epoch, executor: executorId, report, at: receivedAt } as const;
  const { events, state, position } = await runs.execute(runStream(runId), command, context);
  const token = positionToken(position);
  if (events.some(({ type }) => type === 'RunRetried')) {
    const waiting = await views.queue.get(runId);
    if (waiting !== undefined) wakeUps.wake(waiting.pool, token);
  }
  return { position: token, cancel: state.status === 'cancelling' };
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
