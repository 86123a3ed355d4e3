import { assertNoProblems, type Problem } from '#kernel';
import type { scheduler } from '#contracts';
import { executorModes, executorStream, type ExecutorMode } from '#domain/executor';
import type { CallContext } from '#platform';
import { carriedOut } from '#runtime';
import { commandContext, reasonProblems } from '#service';
import { withPresent } from './executor-list.query.js';
import { executorProjection } from './executor.projection.js';
import { uuidProblems } from './run-request.js';
import { decoders, type Scheduler } from './scheduler.js';
import { toldEvents } from './told-events.js';

/** @throws EXECUTOR_NOT_FOUND, INVALID_REQUEST */
export async function setExecutorMode(
  scheduler: Scheduler,
  { id, mode, reason }: scheduler.SetExecutorModeRequest,
  context: CallContext,
): Promise<scheduler.SetExecutorModeResponse> {
  const { executors, runtime, present } = scheduler;
  assertNoProblems(
    [...uuidProblems('id', id), ...modeProblems(mode), ...reasonProblems(reason)],
    'INVALID_REQUEST',
  );
  const stream = executorStream(id);
  const command = { type: 'SetMode', mode: mode as ExecutorMode, at: context.receivedAt } as const;
  const said = commandContext(context, reason);
  const { events, revision } = await executors.execute(stream, command, said);
  present.take(toldEvents(stream, events, revision, said));
  const { eventStore } = runtime.engines;
  const { commandId } = context;
  const { documents, position } = await carriedOut(
    eventStore,
    executorProjection,
    stream,
    commandId,
    decoders,
  );
  const [executor] = await withPresent(scheduler, documents);
  return { executor, position };
}

const modeProblems = (mode: string): readonly Problem[] =>
  (executorModes as readonly string[]).includes(mode)
    ? []
    : [
        {
          code: 'MODE_INVALID',
          field: 'mode',
          message: `must be one of ${executorModes.join(', ')}`,
          found: mode.slice(0, 120),
        },
      ];
