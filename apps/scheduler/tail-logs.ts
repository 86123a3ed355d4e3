import type { StreamId } from '#kernel';
import type { scheduler } from '#contracts';
import type { MessageBus } from '#message-bus';
import type { CallContext } from '#platform';
import { findRun } from './find-run.js';
import { keptLogs } from './kept-logs.js';
import { openMailbox } from './mailbox.js';
import type { Scheduler } from './scheduler.js';
import { openShownOutput } from './shown-output.js';
import { runHistory, streamOf, type RunStep } from './watch-run.js';

/** Where executors show what steps write, as they write it; the key is the run's stream. */
const telemetryTopic = 'holdfast.telemetry.v1';

type Piece = scheduler.TailLogsResponse;

/**
 * What the steps wrote: of those that have ended what is kept. A follower is also shown what the others write as they do, until
 * the run has ended; what the bus loses on the way is shown when the step has ended.
 */
export async function* tailLogs(
  scheduler: Scheduler,
  { namespace, id, follow }: scheduler.TailLogsRequest,
  context: CallContext,
): AsyncGenerator<Piece> {
  const { runtime, views } = scheduler;
  if (follow) {
    yield* followed(scheduler, await streamOf(scheduler, { namespace, id }, context), context.signal);
    return;
  }
  await runtime.reached({ ...context, projections: ['runs'] });
  const { steps } = await findRun(views.runs, namespace, id);
  yield* keptLogs(runtime.engines.artifacts, steps, context.signal);
}

async function* followed(scheduler: Scheduler, stream: StreamId, caller: AbortSignal): AsyncGenerator<Piece> {
  const { artifacts, bus } = scheduler.runtime.engines;
  const left = new AbortController();
  const signal = AbortSignal.any([caller, left.signal]);
  const mailbox = openMailbox<{ readonly piece: Piece } | RunStep>();
  const listening = listen(bus, stream, (piece) => mailbox.offer({ piece }, piece.data.length));
  let shown = openShownOutput(artifacts);
  try {
    await listening.ready;
    const now = await scheduler.runs.load(stream);
    void history(scheduler, stream, signal, mailbox);
    // What has ended already comes first; what is written meanwhile waits.
    let early: Piece[] | undefined = [];
    for await (const item of mailbox.items(signal)) {
      if ('piece' in item) {
        if (early) early.push(item.piece);
        else if (shown.show(item.piece)) yield item.piece;
        continue;
      }
      const { stored, run } = item;
      if (stored.type === 'RunClaimed') shown = openShownOutput(artifacts);
      const step = run.steps.at(-1);
      if (step && (stored.type === 'StepCompleted' || stored.type === 'StepFailed'))
        yield* shown.rest(step, signal);
      if (stored.revision < now.revision) continue;
      for (const piece of early ?? []) if (shown.show(piece)) yield piece;
      early = undefined;
    }
  } finally {
    left.abort();
    await listening.close();
  }
}

async function history(
  scheduler: Scheduler,
  stream: StreamId,
  signal: AbortSignal,
  mailbox: ReturnType<typeof openMailbox<{ readonly piece: Piece } | RunStep>>,
): Promise<void> {
  try {
    for await (const step of runHistory(scheduler, stream, signal)) mailbox.offer(step, 0);
    mailbox.end();
  } catch (error) {
    mailbox.end(error as Error);
  }
}

function listen(bus: MessageBus, stream: StreamId, take: (piece: Piece) => void) {
  return bus.subscribe({ topics: [telemetryTopic], maxAttempts: 1 }, ({ key, headers, value }) => {
    if (key !== stream) return;
    const { step = '', fold = '', channel = 'stdout' } = headers;
    // Anybody may have put it there; what no step can have written is not shown.
    if (value.length === 0 || !/^\d{0,6}$/.test(fold) || !/^std(out|err)$/.test(channel)) return;
    take({ step, fold: fold === '' ? undefined : Number(fold), channel, data: Buffer.from(value) });
  });
}
