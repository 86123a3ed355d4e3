import { isDomainError, type StreamId } from '#kernel';
import type { scheduler } from '#contracts';
import { runStream } from '#domain/run';
import type { StoredEvent } from '#event-store';
import type { CallContext } from '#platform';
import { positionToken, projectedEvent, withReason } from '#runtime';
import { toEvent } from './event.mapper.js';
import { findRun } from './find-run.js';
import { ended, toRun } from './run.mapper.js';
import { uuidPattern } from './run-request.js';
import { runProjection, type RunDocument } from './run.projection.js';
import { decoders, type Scheduler } from './scheduler.js';

export interface RunStep {
  readonly stored: StoredEvent;
  /** As the event left it. */
  readonly run: RunDocument;
  /** False for an event that is not the last one of what was there already. */
  readonly newest: boolean;
}

/**
 * Without `fromRevision` the run as it is; then, and with it at once, every later event with the run as that event left it, until
 * the run has ended. Read from the run's own stream: no gap, nothing twice. Whoever has seen the stream end finds its end in lists.
 */
export async function* watchRun(
  scheduler: Scheduler,
  request: scheduler.WatchRunRequest,
  context: CallContext,
): AsyncGenerator<scheduler.WatchRunResponse> {
  const stream = await streamOf(scheduler, request, context);
  const { people } = scheduler.runtime;
  let last: StoredEvent | undefined;
  let from = request.fromRevision;
  for await (const { stored, run, newest } of runHistory(scheduler, stream, context.signal)) {
    last = stored;
    const told = from === undefined ? newest : stored.revision > from;
    if (!told) continue;
    const shown = toRun(await withReason(people, run));
    yield { event: from === undefined ? undefined : await toEvent(people, stored), run: shown };
    from ??= stored.revision;
  }
  if (last !== undefined) await shownUpTo(scheduler, last, context.signal);
}

/** What has been told stays so where the read model does not get there. */
async function shownUpTo(
  { runtime }: Scheduler,
  { position }: StoredEvent,
  signal: AbortSignal,
): Promise<void> {
  const minPosition = positionToken(position);
  await runtime.reached({ minPosition, projections: ['runs'], signal }).catch((error: unknown) => {
    if (!isDomainError(error)) throw error;
  });
}

/** A whole id names a stream by itself; only a run that is not there yet, or any other name, is looked for. */
export async function streamOf(
  { runtime, runs, views }: Scheduler,
  { namespace, id }: { readonly namespace: string; readonly id: string },
  context: CallContext,
): Promise<StreamId> {
  if (uuidPattern.test(id) && (await runs.load(runStream(id))).revision >= 0) return runStream(id);
  await runtime.reached({ ...context, projections: ['runs'] });
  return (await findRun(views.runs, namespace, id)).stream;
}

/** Events kept for a watcher that is slow; then it reads them again. */
const mostHeard = 1_000;

/** Every event of a run with what it made of the run: those that are there, then those to come, until the run has ended. */
export async function* runHistory(
  { runtime, feed }: Pick<Scheduler, 'runtime' | 'feed'>,
  stream: StreamId,
  signal: AbortSignal,
): AsyncGenerator<RunStep> {
  const { eventStore } = runtime.engines;
  let run: RunDocument | undefined;
  let next = 0;
  /** What came since the stream was read last; undefined when it has to be read again. */
  let heard: StoredEvent[] | undefined;
  let changed = Promise.withResolvers<void>();
  const wake = () => changed.resolve();
  const forget = feed.on(stream, (event) => {
    if (event === undefined || heard === undefined || heard.length >= mostHeard) heard = undefined;
    else heard.push(event);
    wake();
  });
  signal.addEventListener('abort', wake, { once: true });
  const stepOf = (stored: StoredEvent, newest: boolean): RunStep | undefined => {
    const event = projectedEvent(stored, 0, decoders);
    const [id = ''] = runProjection.ids(event);
    run = runProjection.project(run, event, id);
    next = stored.revision + 1;
    return run && { stored, run, newest };
  };
  const unread = async () => {
    const events: StoredEvent[] = [];
    heard = [];
    for await (const batch of eventStore.readStream(stream, { from: next, signal })) events.push(...batch);
    return events;
  };
  try {
    while (!signal.aborted) {
      changed = Promise.withResolvers<void>();
      const given = heard?.splice(0) ?? (await unread());
      const events = given.filter(({ revision }) => revision >= next);
      for (const [i, stored] of events.entries()) {
        const step = stepOf(stored, i === events.length - 1);
        if (step) yield step;
      }
      if (run !== undefined && ended(run)) return;
      if (heard === undefined || heard.length === 0) await changed.promise;
    }
  } finally {
    forget();
    signal.removeEventListener('abort', wake);
  }
}
