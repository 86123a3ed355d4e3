import { isDomainError, type Chance, type Clock, type ErrorKind, type FaultPoint } from '#kernel';
import { scheduler } from '#contracts';
import type { SchedulerDoor } from '../pool/scheduler-door.js';

export type Report = NonNullable<scheduler.AttemptReport['report']>;

/**
 * What an attempt tells the scheduler: in order, each until it is accepted or the lease is no longer this executor's. What waits is
 * told together; anything but the end waits a moment for what follows.
 */
export interface Reports {
  /** @param subject what it is about, the same for every repetition: `started`, `step train[2]`, `end` */
  send(subject: string, report: Report): void;
  /** When everything has been said that will be. @returns whether all of it was accepted */
  settled(): Promise<boolean>;
}

export interface ReportsOptions {
  readonly door: SchedulerDoor;
  readonly executorId: string;
  readonly assignment: scheduler.Assignment;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly reach: FaultPoint;
  /** Ends the telling. */
  readonly silence: AbortSignal;
  /** What is asked for with the end of the attempt; undefined when its slot is to stay free. */
  next(): scheduler.ClaimNextRequest | undefined;
  /** The run that the executor goes on with. */
  onNext(assignment: scheduler.Assignment): void;
  /** The run is to be cancelled. */
  onCancel(): void;
  /** The scheduler takes no reports of this attempt any more. */
  onRefused(error: unknown): void;
}

interface Said {
  readonly subject: string;
  readonly report: Report;
}

/** Failures that another try may mend; every other answer is final. */
const passing: readonly ErrorKind[] = ['unavailable', 'timeout', 'exhausted', 'conflict', 'cancelled'];
/** A fault of the scheduler may pass; one that stays must not keep a lease for ever. */
const mostFaults = 8;
const firstPauseMs = 100;
const longestPauseMs = 5_000;
const deadlineMs = 15_000;
/** How long the answer that may hold the next run is waited for although the attempt is silenced. */
const lastAnswerMs = 3_000;
/** Longer than a step that does next to nothing, and too short for somebody who watches. */
const togetherMs = 50;
const mostTogether = 100;
/** What is told together is recorded by one append, which has a limit of 1 MiB; stored it takes at most some three times as much. */
const mostTogetherBytes = 256 * 1024;

/** How many of those that wait go in one call; one at least. */
function together(waiting: readonly Said[]): number {
  let bytes = 0;
  const tooMuch = waiting
    .slice(0, mostTogether)
    .findIndex(({ report }) => (bytes += sizeOf(report)) > mostTogetherBytes);
  return tooMuch < 0 ? mostTogether : Math.max(1, tooMuch);
}

/** Only steps have lists that grow. */
const sizeOf = (report: Report): number =>
  report.$case === 'step' ? scheduler.AttemptReport.encode({ report }).finish().length : 0;

const isEnd = ({ report: { $case } }: Said): boolean => $case !== 'started' && $case !== 'step';

export function openReports(options: ReportsOptions): Reports {
  const { clock, silence } = options;
  const waiting: Said[] = [];
  let accepted = true;
  let telling: Promise<void> | undefined;
  let hurry = Promise.withResolvers<void>();

  async function tellAll(): Promise<void> {
    while (waiting.length > 0) {
      if (!waiting.some(isEnd)) await soon();
      const batch = waiting.splice(0, together(waiting));
      accepted = accepted && !silence.aborted && (await tell(batch, options));
    }
    telling = undefined;
  }
  /** Whatever comes first: the end, or a moment. */
  async function soon(): Promise<void> {
    hurry = Promise.withResolvers<void>();
    const stop = clock.after(togetherMs, hurry.resolve);
    await hurry.promise;
    stop();
  }

  return {
    send(subject, report) {
      waiting.push({ subject, report });
      telling ??= tellAll();
      if (waiting.some(isEnd)) hurry.resolve();
    },
    async settled() {
      hurry.resolve();
      await telling;
      return accepted;
    },
  };
}

/** @returns whether it was accepted */
async function tell(batch: readonly Said[], options: ReportsOptions): Promise<boolean> {
  const { executorId, assignment, silence, reach } = options;
  const { runId, epoch } = assignment;
  const next = batch.some(isEnd) ? options.next() : undefined;
  const reports = batch.map(({ report }) => ({ report }));
  const waiting = next === undefined ? until(silence) : outlasting(silence, options.clock);
  for (const { report } of batch) reach(`executor:before-report-${report.$case}`);
  try {
    const request = { runId, epoch, executorId, report: undefined, reports, next };
    const answer = await untilAnswered(batch[0]?.subject ?? '', request, options, waiting.signal);
    if (answer.cancel) options.onCancel();
    if (answer.assignment !== undefined) options.onNext(answer.assignment);
  } catch (error) {
    if (!silence.aborted) options.onRefused(error);
    return false;
  } finally {
    waiting.forget();
  }
  for (const { report } of batch) reach(`executor:after-report-${report.$case}`);
  return true;
}

const until = (signal: AbortSignal) => ({ signal, forget: () => undefined });

/** Aborts a while after the signal: what the scheduler has granted meanwhile is lost with the call that would tell of it. */
function outlasting(signal: AbortSignal, clock: Clock) {
  const over = new AbortController();
  let stop = () => {};
  const begin = () => {
    stop = clock.after(lastAnswerMs, () => over.abort());
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  const forget = () => {
    signal.removeEventListener('abort', begin);
    stop();
  };
  return { signal: over.signal, forget };
}

async function untilAnswered(
  subject: string,
  request: scheduler.ReportAttemptRequest,
  { door, assignment, clock, chance }: ReportsOptions,
  signal: AbortSignal,
): Promise<scheduler.ReportAttemptResponse> {
  const { runId, epoch, correlationId, causationId } = assignment;
  const call = {
    idempotencyKey: `${runId}:${epoch}:${subject}`,
    ...(correlationId === '' ? {} : { correlationId }),
    ...(causationId === '' ? {} : { causationId }),
    ...{ deadlineMs, signal },
  };
  let faults = 0;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await door.reportAttempt(request, call);
    } catch (error) {
      if (signal.aborted || !isDomainError(error)) throw error;
      const mayPass = error.kind === 'bug' ? ++faults < mostFaults : passing.includes(error.kind);
      if (!mayPass) throw error;
      await clock.sleep(pauseMs * (0.5 + chance.fraction() / 2), signal);
    }
  }
}
