import { assertNoProblems } from '#kernel';
import type { scheduler } from '#contracts';
import { runStream } from '#domain/run';
import type { CallContext } from '#platform';
import { carriedOut } from '#runtime';
import { commandContext, reasonProblems } from '#service';
import { findRun } from './find-run.js';
import { runProjection, type RunDocument } from './run.projection.js';
import { decoders, type Scheduler } from './scheduler.js';

/**
 * A waiting run is cancelled at once; one that an executor holds when the executor, which is told, says so, or its lease ends.
 * @throws RUN_NOT_FOUND, RUN_ENDED, INVALID_REQUEST
 */
export async function cancelRun(
  { runs, views, runtime, wakeUps }: Scheduler,
  { namespace, id, reason }: scheduler.CancelRunRequest,
  call: CallContext,
): Promise<{ readonly run: RunDocument; readonly position: string }> {
  assertNoProblems(reasonProblems(reason), 'INVALID_REQUEST');
  await runtime.reached({ ...call, projections: ['runs'] });
  const found = await findRun(views.runs, namespace, id);
  const stream = runStream(found.id);
  const context = commandContext(call, reason);
  const { state } = await runs.execute(stream, { type: 'CancelRun', at: call.receivedAt }, context);
  if (state.status === 'cancelling') await wakeUps.call(found.pool, state.attempt.executor);
  const { eventStore } = runtime.engines;
  const { documents, position } = await carriedOut(
    eventStore,
    runProjection,
    stream,
    call.commandId,
    decoders,
  );
  const [run = found] = documents;
  return { run, position };
}
