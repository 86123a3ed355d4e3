import type { StreamId } from '#kernel';
import type { scheduler } from '#contracts';
import type { CallContext } from '#platform';
import { projectedEvent } from '#runtime';
import { toEvent } from './event.mapper.js';
import { findRun } from './find-run.js';
import { ended, toRun } from './run.mapper.js';
import { runProjection, type RunDocument } from './run.projection.js';
import { decoders, type Scheduler } from './scheduler.js';
import type { StoredEvent } from '#event-store';

export interface RunStep {
  readonly stored: StoredEvent;
  /** As the event left it. */
  readonly run: RunDocument;
}

/**
 * Without `fromRevision` the run as it is; then, and with it at once, every later event with the run as that event left it, until
 * the run has ended. Read from the run's own stream: no gap, nothing twice.
 */
export async function* watchRun(
  scheduler: Scheduler,
  { namespace, id, fromRevision }: scheduler.WatchRunRequest,
  context: CallContext,
): AsyncGenerator<scheduler.WatchRunResponse> {
  const { runtime, views } = scheduler;
  await runtime.reached({ ...context, projections: ['runs'] });
  const { stream, revision } = await findRun(views.runs, namespace, id);
  const from = fromRevision ?? revision;
  for await (const { stored, run } of runHistory(scheduler, stream, context.signal)) {
    if (stored.revision > from) yield { event: toEvent(stored), run: toRun(run) };
    else if (fromRevision === undefined && stored.revision === from)
      yield { event: undefined, run: toRun(run) };
  }
}

/** Every event of a run with what it made of the run: those that are there, then those to come, until the run has ended. */
export async function* runHistory(
  { runtime, feed }: Pick<Scheduler, 'runtime' | 'feed'>,
  stream: StreamId,
  signal: AbortSignal,
): AsyncGenerator<RunStep> {
  const { eventStore } = runtime.engines;
  let run: RunDocument | undefined;
  let next = 0;
  let changed = Promise.withResolvers<void>();
  const wake = () => changed.resolve();
  const forget = feed.on(stream, wake);
  signal.addEventListener('abort', wake, { once: true });
  try {
    while (!signal.aborted) {
      changed = Promise.withResolvers<void>();
      for await (const batch of eventStore.readStream(stream, { from: next, signal })) {
        for (const stored of batch) {
          const event = projectedEvent(stored, 0, decoders);
          const [id = ''] = runProjection.ids(event);
          run = runProjection.project(run, event, id);
          next = stored.revision + 1;
          if (run !== undefined) yield { stored, run };
        }
      }
      if (run !== undefined && ended(run)) return;
      await changed.promise;
    }
  } finally {
    forget();
    signal.removeEventListener('abort', wake);
  }
}
