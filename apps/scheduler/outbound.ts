import type { ProjectedEvent, PublicEvent } from '#runtime';

/** Public type of each stored one, and what of it others may know; what is not here stays private. */
const publicTypes: Readonly<Record<string, readonly [type: string, ...fields: string[]]>> = {
  RunSubmitted: [
    'holdfast.run.submitted.v1',
    ...['namespace', 'blueprint', 'pool', 'priority', 'sweep', 'reproductionOf'],
  ],
  RunAdmitted: ['holdfast.run.admitted.v1', 'manifest', 'reproducibilityKey', 'stepsTotal'],
  RunRejected: ['holdfast.run.rejected.v1', 'sweep'],
  RunClaimed: ['holdfast.run.claimed.v1', 'epoch', 'executor', 'release'],
  RunStarted: ['holdfast.run.started.v1', 'epoch', 'fingerprint', 'hostNotIsolated'],
  StepCompleted: ['holdfast.run.step-completed.v1', 'epoch', 'step', 'fold', 'durationMs'],
  StepFailed: ['holdfast.run.step-failed.v1', 'epoch', 'step', 'fold', 'durationMs'],
  RunRetried: ['holdfast.run.retried.v1', 'epoch'],
  RunLeaseExpired: ['holdfast.run.lease-expired.v1', 'epoch'],
  RunCancelRequested: ['holdfast.run.cancel-requested.v1'],
  RunCompleted: ['holdfast.run.completed.v1', 'epoch', 'metrics', 'sweep'],
  RunFailed: ['holdfast.run.failed.v1', 'epoch', 'sweep'],
  RunCancelled: ['holdfast.run.cancelled.v1', 'epoch', 'sweep'],
  SweepSubmitted: ['holdfast.sweep.submitted.v1', 'namespace', 'blueprint', 'members', 'priority'],
  SweepCancelRequested: ['holdfast.sweep.cancel-requested.v1'],
  SweepCancelled: ['holdfast.sweep.cancelled.v1'],
  ExecutorJoined: ['holdfast.executor.joined.v1', 'pool', 'slots', 'release', 'mode'],
  ExecutorLeft: ['holdfast.executor.left.v1'],
  ExecutorModeChanged: ['holdfast.executor.mode-changed.v1', 'mode'],
};

/** Of a failure its class: messages may quote what a step wrote. */
export function toPublic({ type, data, revision }: ProjectedEvent): PublicEvent | undefined {
  const row = Object.hasOwn(publicTypes, type) ? publicTypes[type] : undefined;
  if (row === undefined) return undefined;
  const [publicType, ...fields] = row;
  const known = fields.flatMap((field) => (data[field] === undefined ? [] : [[field, data[field]] as const]));
  const failure = data['failure'] as { readonly class: string } | undefined;
  const facts = { ...Object.fromEntries(known), ...(failure ? { failureClass: failure.class } : {}) };
  return { type: publicType, data: { ...facts, streamRevision: revision } };
}
