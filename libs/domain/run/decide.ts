import { assertNever, type Decider, type Instant } from '#kernel';
import { retriableFailures } from '#domain/manifest';
import type { Command, Report, RunCommand } from './commands.js';
import * as refused from './errors.js';
import type { Failure, RunEvent } from './events.js';
import { evolve } from './evolve.js';
import { endDigest, failureBehind, progressDigest, subjectOf, type Progress } from './reports.js';
import {
  epochOf,
  isHeld,
  memberOf,
  newestAttempt,
  type Attempt,
  type HeldState,
  type RunState,
} from './state.js';

/** The life of one run. Stream `run-<uuid>`. */
export const run: Decider<RunCommand, RunState, RunEvent> = {
  initial: { status: 'absent' },
  evolve,
  decide(command, state) {
    switch (command.type) {
      case 'SubmitRun':
        return submit(command, state);
      case 'ClaimRun':
        return claim(command, state);
      case 'ReportAttempt':
        return reports(command, state);
      case 'ExpireLease':
        return expire(command, state);
      case 'CancelRun':
        return cancel(command, state);
      default:
        return assertNever(command);
    }
  },
};

function submit({ submission, admission, at }: Command<'SubmitRun'>, state: RunState): RunEvent[] {
  if (state.status !== 'absent') {
    if (state.requestDigest === submission.requestDigest) return [];
    throw refused.keyReused();
  }
  return [
    { type: 'RunSubmitted', ...submission, submittedAt: at },
    'problems' in admission
      ? { type: 'RunRejected', problems: admission.problems, ...memberOf(submission), at }
      : { type: 'RunAdmitted', ...admission },
  ];
}

function claim({ executor, release, at }: Command<'ClaimRun'>, state: RunState): RunEvent[] {
  if (state.status === 'absent') throw refused.runNotFound();
  if (state.status !== 'queued') throw refused.runNotQueued(state.status);
  return [{ type: 'RunClaimed', epoch: epochOf(state) + 1, executor, release, at }];
}

function reports({ reports, ...said }: Command<'ReportAttempt'>, before: RunState): RunEvent[] {
  const events: RunEvent[] = [];
  let state = before;
  for (const report of reports) {
    const more = taken(report, said, state);
    state = more.reduce(evolve, state);
    events.push(...more);
  }
  return events;
}

function taken(
  report: Report,
  { epoch, executor, at }: Omit<Command<'ReportAttempt'>, 'reports'>,
  state: RunState,
): RunEvent[] {
  if (state.status === 'absent') throw refused.runNotFound();
  const attempt = newestAttempt(state);
  const newest = attempt?.epoch ?? 0;
  if (attempt === null || epoch > newest) throw refused.unknownEpoch(epoch, newest);
  if (epoch < newest || attempt.end === 'lease-expired') throw refused.staleEpoch(epoch, newest);
  if (executor !== attempt.executor) throw refused.notTheHolder();
  if (isRepeated(report, attempt)) return [];
  if (!isHeld(state)) throw refused.staleEpoch(epoch, newest);
  switch (report.kind) {
    case 'started':
    case 'step':
      return [progress(report, state, at)];
    case 'completed': {
      const { stepsCompleted } = attempt;
      if (stepsCompleted !== state.stepsTotal)
        throw refused.stepsIncomplete(stepsCompleted, state.stepsTotal);
      return [{ type: 'RunCompleted', epoch, metrics: report.metrics, ...memberOf(state), at }];
    }
    case 'failed':
    case 'cancelled':
      return [endWithoutResult(state, failureBehind(report), at)];
    default:
      return assertNever(report);
  }
}

/** @throws REPORT_CONTRADICTS when the same was reported with other content */
function isRepeated(report: Report, { end, reports }: Attempt): boolean {
  if (report.kind === 'started' || report.kind === 'step') {
    const subject = subjectOf(report);
    if (!Object.hasOwn(reports, subject)) return false;
    if (reports[subject] === progressDigest(report)) return true;
    throw refused.contradiction(subject);
  }
  if (end === 'cancelled') return report.kind !== 'completed';
  const { kind } = report;
  return (
    end === endDigest(kind === 'completed' ? { metrics: report.metrics } : { failure: failureBehind(report) })
  );
}

function progress(report: Progress, { attempt }: HeldState, at: Instant): RunEvent {
  const { epoch, reports } = attempt;
  if (report.kind === 'started') {
    const { kind: _, ...facts } = report;
    return { type: 'RunStarted', epoch, ...facts, at };
  }
  if (!Object.hasOwn(reports, 'started')) throw refused.notStarted();
  const { kind: _, failure, ...facts } = report;
  return failure === undefined
    ? { type: 'StepCompleted', epoch, ...facts, at }
    : { type: 'StepFailed', epoch, ...facts, failure, at };
}

/** The attempt is over and has no result: another one, where the manifest allows it and nobody wants the run to stop. */
function endWithoutResult(held: HeldState, failure: Failure, at: Instant): RunEvent {
  const { status, retry } = held;
  const { epoch } = held.attempt;
  if (status === 'cancelling') return { type: 'RunCancelled', epoch, ...memberOf(held), at };
  const mayRepeat =
    epoch < retry.attempts &&
    retry.on.includes(failure.class) &&
    (retriableFailures as readonly string[]).includes(failure.class);
  if (mayRepeat) return { type: 'RunRetried', epoch, failure, at };
  return { type: 'RunFailed', epoch, failure, ...memberOf(held), at };
}

function expire({ epoch, cause, message, at }: Command<'ExpireLease'>, state: RunState): RunEvent[] {
  if (state.status === 'absent') throw refused.runNotFound();
  const newest = epochOf(state);
  if (epoch > newest) throw refused.unknownEpoch(epoch, newest);
  if (!isHeld(state) || epoch < newest) return [];
  return [{ type: 'RunLeaseExpired', epoch, at }, endWithoutResult(state, { class: cause, message }, at)];
}

function cancel({ at }: Command<'CancelRun'>, state: RunState): RunEvent[] {
  switch (state.status) {
    case 'absent':
    case 'submitted':
      throw refused.runNotFound();
    case 'queued':
      return [{ type: 'RunCancelled', epoch: epochOf(state), ...memberOf(state), at }];
    case 'claimed':
    case 'running':
      return [{ type: 'RunCancelRequested', at }];
    case 'cancelling':
    case 'cancelled':
      return [];
    case 'rejected':
    case 'completed':
    case 'failed':
      throw refused.runEnded(state.status);
    default:
      return assertNever(state);
  }
}
