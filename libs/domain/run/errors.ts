import { DomainError } from '#kernel';

export const runNotFound = (): DomainError =>
  new DomainError('not-found', 'RUN_NOT_FOUND', 'there is no such run; `holdfast runs` shows what there is');

export const keyReused = (): DomainError =>
  new DomainError(
    'already-exists',
    'IDEMPOTENCY_KEY_REUSED',
    'this idempotency key was used for another request; take a new one',
  );

/** What a claim meets when another one came first. */
export const runNotQueued = (status: string): DomainError =>
  new DomainError('conflict', 'RUN_NOT_QUEUED', `the run is ${status}, not queued; claim another one`);

/** What an executor meets that is no longer the holder: stop, report nothing more. */
export const staleEpoch = (epoch: number, newest: number): DomainError =>
  new DomainError(
    'rule',
    'STALE_EPOCH',
    newest > epoch
      ? `attempt ${epoch} of this run is over, attempt ${newest} has taken its place; stop and report nothing more`
      : `attempt ${epoch} of this run is over; stop and report nothing more`,
    { facts: { epoch, newest } },
  );

export const unknownEpoch = (epoch: number, newest: number): DomainError =>
  new DomainError('rule', 'EPOCH_UNKNOWN', `this run has had ${newest} claims; there is no attempt ${epoch}`);

export const notTheHolder = (): DomainError =>
  new DomainError('rule', 'NOT_THE_HOLDER', 'this attempt is held by another executor');

export const notStarted = (): DomainError =>
  new DomainError('rule', 'ATTEMPT_NOT_STARTED', 'report that the attempt has started first');

export const contradiction = (subject: string): DomainError =>
  new DomainError('rule', 'REPORT_CONTRADICTS', `${subject} was reported before, with other content`);

export const stepsIncomplete = (completed: number, total: number): DomainError =>
  new DomainError(
    'rule',
    'STEPS_INCOMPLETE',
    `only ${completed} of ${total} steps have completed in this attempt; report the others, or that it failed`,
  );

export const runEnded = (status: string): DomainError =>
  new DomainError('rule', 'RUN_ENDED', `the run is ${status}: what is over cannot be cancelled`);
