import type { Instant, Problem } from '#kernel';
import type { Failure, Metric, RunEvent, StepRecord } from './events.js';

type Facts<Type extends RunEvent['type'], Without extends string = never> = Omit<
  Extract<RunEvent, { type: Type }>,
  'type' | Without
>;

/** What somebody asks to be run, as it will be remembered. */
export type Submission = Facts<'RunSubmitted', 'submittedAt'>;

/** What admission says: a manifest, or everything that prevents one. */
export type Admission = Facts<'RunAdmitted'> | { readonly problems: readonly Problem[] };

/** What an executor says of one attempt; `epoch` and `executor` prove that the attempt is still its own. */
export type Report =
  | ({ readonly kind: 'started' } & Facts<'RunStarted', 'epoch' | 'at'>)
  | ({ readonly kind: 'step'; readonly failure?: Failure } & Omit<StepRecord, 'epoch'>)
  | { readonly kind: 'completed'; readonly metrics: readonly Metric[] }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'cancelled'; readonly message: string };

/** Why a lease ended without a report. */
export type LeaseEnd = 'lease-expired' | 'executor-lost';

export type RunCommand =
  | {
      readonly type: 'SubmitRun';
      readonly submission: Submission;
      readonly admission: Admission;
      readonly at: Instant;
    }
  | {
      readonly type: 'ClaimRun';
      readonly executor: string;
      readonly release: string;
      readonly at: Instant;
    }
  | {
      readonly type: 'ReportAttempt';
      readonly epoch: number;
      readonly executor: string;
      /** In the order they came about; all of them are taken or none. */
      readonly reports: readonly Report[];
      readonly at: Instant;
    }
  | {
      readonly type: 'ExpireLease';
      readonly epoch: number;
      readonly cause: LeaseEnd;
      readonly message: string;
      readonly at: Instant;
    }
  | { readonly type: 'CancelRun'; readonly at: Instant };

export type Command<Type extends RunCommand['type']> = Extract<RunCommand, { type: Type }>;
