import { isDomainError, type Chance, type Clock, type ErrorKind, type FaultPoint } from '#kernel';
import type { scheduler } from '#contracts';
import type { SchedulerDoor } from '../pool/scheduler-door.js';

export type Report = NonNullable<scheduler.ReportAttemptRequest['report']>;

/** What an attempt tells the scheduler: in order, each until it is accepted or the lease is no longer this executor's. */
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
  /** The run is to be cancelled. */
  onCancel(): void;
  /** The scheduler takes no reports of this attempt any more. */
  onRefused(error: unknown): void;
}

/** Failures that another try may mend; every other answer is final. */
const passing: readonly ErrorKind[] = ['unavailable', 'timeout', 'exhausted', 'conflict', 'cancelled'];
/** A fault of the scheduler may pass; one that stays must not keep a lease for ever. */
const mostFaults = 8;
const firstPauseMs = 100;
const longestPauseMs = 5_000;
const deadlineMs = 15_000;

export function openReports(options: ReportsOptions): Reports {
  const { executorId, assignment, silence, reach } = options;
  let accepted = true;
  let last: Promise<void> = Promise.resolve();

  const tell = async (subject: string, report: Report): Promise<void> => {
    if (!accepted || silence.aborted) return void (accepted = false);
    const { runId, epoch } = assignment;
    const request = { runId, epoch, executorId, report };
    reach(`executor:before-report-${report.$case}`);
    try {
      const { cancel } = await untilAnswered(subject, request, options);
      if (cancel) options.onCancel();
    } catch (error) {
      accepted = false;
      if (!silence.aborted) options.onRefused(error);
    }
    reach(`executor:after-report-${report.$case}`);
  };

  return {
    send(subject, report) {
      last = last.then(() => tell(subject, report));
    },
    async settled() {
      await last;
      return accepted;
    },
  };
}

async function untilAnswered(
  subject: string,
  request: scheduler.ReportAttemptRequest,
  { door, assignment, clock, chance, silence }: ReportsOptions,
): Promise<scheduler.ReportAttemptResponse> {
  const { runId, epoch, correlationId, causationId } = assignment;
  const call = {
    idempotencyKey: `${runId}:${epoch}:${subject}`,
    ...(correlationId === '' ? {} : { correlationId }),
    ...(causationId === '' ? {} : { causationId }),
    deadlineMs,
    signal: silence,
  };
  let faults = 0;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await door.reportAttempt(request, call);
    } catch (error) {
      if (silence.aborted || !isDomainError(error)) throw error;
      const mayPass = error.kind === 'bug' ? ++faults < mostFaults : passing.includes(error.kind);
      if (!mayPass) throw error;
      await clock.sleep(pauseMs * (0.5 + chance.fraction() / 2), silence);
    }
  }
}
