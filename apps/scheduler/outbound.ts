import type { JsonObject } from '#kernel';
import { publisher, type Published } from '#contracts/public';

export const published: Published = {
  RunSubmitted: [
    'holdfast.run.submitted.v1',
    ...(['namespace', 'blueprint', 'pool', 'priority', 'sweep?', 'reproductionOf?'] as const),
  ],
  RunAdmitted: ['holdfast.run.admitted.v1', 'manifest', 'reproducibilityKey', 'stepsTotal'],
  RunRejected: ['holdfast.run.rejected.v1', 'sweep?'],
  RunClaimed: ['holdfast.run.claimed.v1', 'epoch', 'executor', 'release'],
  RunStarted: ['holdfast.run.started.v1', 'epoch', 'fingerprint', 'hostNotIsolated'],
  StepCompleted: ['holdfast.run.step-completed.v1', 'epoch', 'step', 'fold', 'durationMs'],
  StepFailed: ['holdfast.run.step-failed.v1', 'epoch', 'step', 'fold', 'durationMs', 'failureClass'],
  RunRetried: ['holdfast.run.retried.v1', 'epoch', 'failureClass'],
  RunLeaseExpired: ['holdfast.run.lease-expired.v1', 'epoch'],
  RunCancelRequested: ['holdfast.run.cancel-requested.v1'],
  RunCompleted: ['holdfast.run.completed.v1', 'epoch', 'metrics', 'sweep?'],
  RunFailed: ['holdfast.run.failed.v1', 'epoch', 'failureClass', 'sweep?'],
  RunCancelled: ['holdfast.run.cancelled.v1', 'epoch', 'sweep?'],
  SweepSubmitted: ['holdfast.sweep.submitted.v1', 'namespace', 'blueprint', 'members', 'priority'],
  SweepCancelRequested: ['holdfast.sweep.cancel-requested.v1'],
  SweepCancelled: ['holdfast.sweep.cancelled.v1'],
  ExecutorJoined: ['holdfast.executor.joined.v1', 'pool', 'slots', 'release', 'mode'],
  ExecutorLeft: ['holdfast.executor.left.v1'],
  ExecutorModeChanged: ['holdfast.executor.mode-changed.v1', 'mode'],
  ExecutorScaled: ['holdfast.executor.scaled.v1', 'slots'],
};

/** Of a failure its class: messages may quote what a step wrote. */
function derived({ failure }: JsonObject): JsonObject {
  return failure === undefined ? {} : { failureClass: (failure as { readonly class: string }).class };
}

export const toPublic = publisher(published, derived);
