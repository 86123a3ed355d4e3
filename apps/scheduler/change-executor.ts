import { assertNoProblems, type Problem } from '#kernel';
import type { scheduler } from '#contracts';
import { executorModes, executorStream, type ExecutorCommand, type ExecutorMode } from '#domain/executor';
import type { CallContext } from '#platform';
import { carriedOut } from '#runtime';
import { commandContext, reasonProblems } from '#service';
import { withPresent } from './executor-list.query.js';
import { executorProjection } from './executor.projection.js';
import { slotsProblems } from './join-pool.js';
import { uuidProblems } from './run-request.js';
import { decoders, type Scheduler } from './scheduler.js';
import { toldEvents } from './told-events.js';

interface ChangedExecutor {
  readonly executor: scheduler.ExecutorInfo | undefined;
  readonly position: string;
}

/** @throws EXECUTOR_NOT_FOUND, INVALID_REQUEST */
export function setExecutorMode(
  scheduler: Scheduler,
  { id, mode, reason }: scheduler.SetExecutorModeRequest,
  context: CallContext,
): Promise<ChangedExecutor> {
  assertNoProblems(
    [...uuidProblems('id', id), ...modeProblems(mode), ...reasonProblems(reason)],
    'INVALID_REQUEST',
  );
  const command = { type: 'SetMode', mode: mode as ExecutorMode, at: context.receivedAt } as const;
  return change(scheduler, id, command, reason, context);
}

/** The executor hears of it at once. @throws EXECUTOR_NOT_FOUND, INVALID_REQUEST */
export async function scaleExecutor(
  scheduler: Scheduler,
  { id, slots, reason }: scheduler.ScaleExecutorRequest,
  context: CallContext,
): Promise<ChangedExecutor> {
  const wrong = slots === undefined ? [] : slotsProblems('slots', slots);
  assertNoProblems([...uuidProblems('id', id), ...wrong, ...reasonProblems(reason)], 'INVALID_REQUEST');
  const command = { type: 'Scale', slots: slots ?? null, at: context.receivedAt } as const;
  const changed = await change(scheduler, id, command, reason, context);
  await scheduler.wakeUps.call(changed.executor?.pool ?? '', id);
  return changed;
}

async function change(
  scheduler: Scheduler,
  id: string,
  command: ExecutorCommand,
  reason: string,
  context: CallContext,
): Promise<ChangedExecutor> {
  const { executors, runtime, present } = scheduler;
  const stream = executorStream(id);
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
