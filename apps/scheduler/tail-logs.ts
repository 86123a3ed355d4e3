import { assertNoProblems, type Problem, type StreamId } from '#kernel';
import type { scheduler } from '#contracts';
import type { MessageBus } from '#message-bus';
import type { CallContext } from '#platform';
import { findRun } from './find-run.js';
import { openMailbox } from './mailbox.js';
import type { Scheduler } from './scheduler.js';
import { openShownOutput, type ShownOutput } from './shown-output.js';
import { runHistory, streamOf, type RunStep } from './watch-run.js';

/** Where executors show what steps write, as they write it; the key is the run's stream. */
const telemetryTopic = 'holdfast.telemetry.v1';

type Piece = scheduler.TailLogsResponse;

/**
 * What the steps wrote: of those that have ended what is kept. A follower is also shown what the others write as they do, until
 * the run has ended; what the bus loses on the way is shown when the step has ended. Who was shown some of it before says what, and is shown the
 * rest.
 * @throws INVALID_REQUEST
 */
export async function* tailLogs(
  scheduler: Scheduler,
  { namespace, id, follow, shown }: scheduler.TailLogsRequest,
  context: CallContext,
): AsyncGenerator<Piece> {
  const { runtime, views } = scheduler;
  assertNoProblems(rangeProblems(shown), 'INVALID_REQUEST');
  const showing = (epoch: number, sinceItBegan: boolean) =>
    openShownOutput(runtime.engines.artifacts, {
      ...{ epoch, sinceItBegan, had: shown.filter((range) => range.epoch === epoch) },
    });
  if (follow) {
    const stream = await streamOf(scheduler, { namespace, id }, context);
    yield* followed(scheduler, stream, showing, context.signal);
    return;
  }
  await runtime.reached({ ...context, projections: ['runs'] });
  const { steps } = await findRun(views.runs, namespace, id);
  for (const step of steps) yield* showing(step.epoch, true).rest(step, context.signal);
}

const mostRanges = 10_000;

function rangeProblems(ranges: readonly scheduler.LogRange[]): readonly Problem[] {
  const isRange = ({ channel, epoch, from, to }: scheduler.LogRange) =>
    /^std(out|err)$/.test(channel) && epoch >= 0 && from >= 0 && from <= to;
  if (ranges.length <= mostRanges && ranges.every(isRange)) return [];
  const message = `is at most ${mostRanges} ranges of stdout or stderr, each from a byte to one that is not before it`;
  return [{ code: 'RANGES_INVALID', field: 'shown', message }];
}

async function* followed(
  scheduler: Scheduler,
  stream: StreamId,
  showing: (epoch: number, sinceItBegan: boolean) => ShownOutput,
  caller: AbortSignal,
): AsyncGenerator<Piece> {
  const { bus } = scheduler.runtime.engines;
  const left = new AbortController();
  const signal = AbortSignal.any([caller, left.signal]);
  const mailbox = openMailbox<{ readonly piece: Piece } | RunStep>();
  const listening = listen(bus, stream, (piece) => mailbox.offer({ piece }, piece.data.length));
  let shown = showing(0, false);
  function* fresh(piece: Piece): Generator<Piece> {
    const some = shown.show(piece);
    if (some) yield some;
  }
  try {
    await listening.ready;
    const now = await scheduler.runs.load(stream);
    void history(scheduler, stream, signal, mailbox);
    // What has ended already comes first; what is written meanwhile waits.
    let early: Piece[] | undefined = [];
    for await (const item of mailbox.items(signal)) {
      if ('piece' in item) {
        if (early) early.push(item.piece);
        else yield* fresh(item.piece);
        continue;
      }
      const { stored, run } = item;
      if (stored.type === 'RunClaimed') shown = showing(run.epoch, stored.revision > now.revision);
      const step = run.steps.at(-1);
      if (step && (stored.type === 'StepCompleted' || stored.type === 'StepFailed'))
        yield* shown.rest(step, signal);
      if (stored.revision < now.revision) continue;
      for (const piece of early ?? []) yield* fresh(piece);
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
    const { step = '', fold = '', channel = 'stdout', offset } = headers;
    // Anybody may have put it there; what no step can have written is not shown.
    if (value.length === 0 || !/^\d{0,6}$/.test(fold) || !/^std(out|err)$/.test(channel)) return;
    if (offset !== undefined && !/^\d{1,15}$/.test(offset)) return;
    const from = { step, fold: fold === '' ? undefined : Number(fold), channel };
    const at = offset === undefined ? {} : { offset: Number(offset) };
    take({ ...from, ...at, data: Buffer.from(value), epoch: 0 });
  });
}
