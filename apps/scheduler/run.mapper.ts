import type { Instant } from '#kernel';
import { canonicalBytes } from '#evidence';
import { scheduler } from '#contracts';
import { isTerminal, type BlobRef, type Failure, type Output, type RunStatus } from '#domain/run';
import { fromProblem } from '#rpc';
import type { Shown } from '#runtime';
import type { AttemptDocument, RunDocument, StepDocument } from './run.projection.js';

const { RunStatus: Status } = scheduler;

const statuses: Readonly<Record<RunStatus, scheduler.RunStatus>> = {
  absent: Status.RUN_STATUS_UNSPECIFIED,
  submitted: Status.RUN_STATUS_UNSPECIFIED,
  rejected: Status.RUN_STATUS_REJECTED,
  queued: Status.RUN_STATUS_QUEUED,
  claimed: Status.RUN_STATUS_CLAIMED,
  running: Status.RUN_STATUS_RUNNING,
  cancelling: Status.RUN_STATUS_CANCELLING,
  completed: Status.RUN_STATUS_COMPLETED,
  failed: Status.RUN_STATUS_FAILED,
  cancelled: Status.RUN_STATUS_CANCELLED,
};

/** The words of the read model for those of a request; those that are none are left out. */
export const statusesOf = (asked: readonly scheduler.RunStatus[]): readonly RunStatus[] =>
  (Object.keys(statuses) as RunStatus[]).filter(
    (status) => statuses[status] !== Status.RUN_STATUS_UNSPECIFIED && asked.includes(statuses[status]),
  );

export const ended = ({ status }: RunDocument): boolean => isTerminal(status);

export const toRun = (run: Shown<RunDocument>): scheduler.Run => ({
  id: run.id,
  stream: run.stream,
  namespace: run.namespace,
  status: statuses[run.status],
  blueprint: run.blueprint,
  blueprintVersion: run.blueprintVersion,
  manifest: run.manifest ?? '',
  reproducibilityKey: run.reproducibilityKey ?? '',
  reason: run.reason,
  pool: run.pool,
  priority: run.priority,
  submittedBy: { ...run.submittedBy, roles: [...run.submittedBy.roles] },
  submittedAt: run.submittedAt,
  startedAt: given(run.startedAt),
  endedAt: given(run.endedAt),
  epoch: run.epoch,
  executor: run.executor ?? undefined,
  knobs: Buffer.from(canonicalBytes(run.knobs)),
  steps: run.steps.map(toStep),
  metrics: [...run.metrics],
  problems: run.problems.map(fromProblem),
  failure: run.failure === null ? undefined : toFailure(run.failure),
  sweep: run.sweep ?? undefined,
  sweepIndex: run.sweepIndex ?? undefined,
  reproductionOf: run.reproductionOf ?? undefined,
  revision: run.revision,
  stepsTotal: run.stepsTotal,
  isolation: run.isolation === null ? Buffer.alloc(0) : Buffer.from(canonicalBytes(run.isolation)),
  attempts: run.attempts.map(toAttempt),
});

/** One of many: of steps only what became of them, so that a page of runs stays small. */
export const toListedRun = (run: Shown<RunDocument>): scheduler.Run => ({
  ...toRun({ ...run, steps: [] }),
  steps: run.steps.map((step) => ({
    ...toStep({ ...step, outputs: [], undeclared: [], summary: [] }),
    stdout: undefined,
    stderr: undefined,
    metrics: undefined,
  })),
});

const given = (instant: Instant | null): string | undefined => instant ?? undefined;

export const toFailure = ({ class: failureClass, message, step, fold }: Failure): scheduler.Failure => ({
  failureClass,
  message,
  step,
  fold,
});

const toAttempt = (attempt: AttemptDocument): scheduler.Attempt => ({
  epoch: attempt.epoch,
  executor: attempt.executor,
  claimedAt: attempt.claimedAt,
  endedAt: given(attempt.endedAt),
  outcome: attempt.outcome,
  failure: attempt.failure === null ? undefined : toFailure(attempt.failure),
  fingerprint: attempt.fingerprint ?? '',
});

const toStep = (step: StepDocument): scheduler.Step => ({
  name: step.step,
  fold: step.fold ?? undefined,
  status: step.status,
  epoch: step.epoch,
  durationMs: step.durationMs,
  outputs: step.outputs.map(toOutput),
  undeclared: step.undeclared.map(toOutput),
  stdout: toBlob(step.stdout),
  stderr: toBlob(step.stderr),
  metrics: toBlob(step.metrics),
  summary: [...step.summary],
  failure: step.failure === null ? undefined : toFailure(step.failure),
  exitCode: step.exitCode ?? undefined,
  seed: step.seed,
});

const toOutput = ({ name, path, digest, sizeBytes, kind }: Output): scheduler.Output => ({
  name,
  path,
  digest,
  sizeBytes,
  kind,
});

const toBlob = ({ digest, sizeBytes }: BlobRef) => ({ digest, sizeBytes });
