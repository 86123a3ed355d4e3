import type { Digest, Instant, JsonObject, Problem } from '#kernel';

/** Bytes in the artifact store. */
export type BlobRef = { readonly digest: Digest; readonly sizeBytes: number };

/** What a step wrote below `outputs/`; a folder is one tree, its digest that of the tree manifest. */
export type Output = BlobRef & {
  readonly name: string;
  readonly path: string;
  readonly kind: 'file' | 'tree';
};

export type Metric = {
  readonly name: string;
  /** The last point; for a run that fanned out, the mean of the folds' last points. */
  readonly value: number;
  /** Points in the series. */
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** Folds that `value` is the mean of, 0 when it is of one step. */
  readonly folds: number;
  /** Sample standard deviation over the folds (n−1), from two folds on. */
  readonly sd?: number;
};

export type Failure = {
  /** One of the sandbox's classes, or `executor-lost`. */
  readonly class: string;
  readonly message: string;
  readonly step?: string;
  readonly fold?: number;
};

export type Placement = {
  readonly labels: Readonly<Record<string, string>>;
  readonly architecture: string;
  /** A level, `required` for any that isolates, null for whatever is offered. */
  readonly isolation: string | null;
};

export type StepRecord = {
  readonly epoch: number;
  readonly step: string;
  readonly fold: number | null;
  readonly outputs: readonly Output[];
  readonly undeclared: readonly Output[];
  readonly stdout: BlobRef;
  readonly stderr: BlobRef;
  /** JSON Lines of every point. */
  readonly metrics: BlobRef;
  readonly summary: readonly Metric[];
  readonly durationMs: number;
  readonly exitCode?: number;
  /** 64 hex digits: the seed derived for this step and fold. */
  readonly seed: string;
};

/** Which member of a sweep a run is; said again at its end, so that whoever counts need not look back. */
export type SweepMember = { readonly id: string; readonly index: number };

/** Every fact a run's stream can hold, in the order of its life. */
export type RunEvent =
  | {
      readonly type: 'RunSubmitted';
      readonly namespace: string;
      /** `namespace/name` and the version's digest. */
      readonly blueprint: { readonly name: string; readonly version: Digest };
      /** Of the request, so that a reused idempotency key with another request is refused. */
      readonly requestDigest: Digest;
      readonly knobs: JsonObject;
      readonly pool: string;
      readonly priority: number;
      readonly sweep?: SweepMember;
      readonly reproductionOf?: string;
      readonly submittedAt: Instant;
    }
  | {
      readonly type: 'RunAdmitted';
      readonly manifest: Digest;
      readonly reproducibilityKey: Digest;
      /** Step instances the run consists of, folds counted one by one. */
      readonly stepsTotal: number;
      /** Attempts allowed, and for which failure classes. */
      readonly retry: { readonly attempts: number; readonly on: readonly string[] };
      /** What an executor must be to run it. */
      readonly placement?: Placement;
    }
  | {
      readonly type: 'RunRejected';
      readonly problems: readonly Problem[];
      readonly sweep?: SweepMember;
      readonly at: Instant;
    }
  | {
      readonly type: 'RunClaimed';
      /** Fencing token, 1 for the first claim. */
      readonly epoch: number;
      readonly executor: string;
      readonly release: string;
      readonly at: Instant;
    }
  | {
      readonly type: 'RunStarted';
      readonly epoch: number;
      /** Digest of the captured fingerprint (a blob), and of each section in it. */
      readonly fingerprint: Digest;
      readonly sections: Readonly<Record<string, Digest>>;
      readonly isolation: JsonObject;
      readonly hostNotIsolated: boolean;
      /** Of folds.json. */
      readonly folds?: Digest;
      readonly at: Instant;
    }
  | ({ readonly type: 'StepCompleted'; readonly at: Instant } & StepRecord)
  | ({ readonly type: 'StepFailed'; readonly failure: Failure; readonly at: Instant } & StepRecord)
  /** The attempt ended without a result and the blueprint allows another: the run queues again. */
  | { readonly type: 'RunRetried'; readonly epoch: number; readonly failure: Failure; readonly at: Instant }
  | { readonly type: 'RunLeaseExpired'; readonly epoch: number; readonly at: Instant }
  | { readonly type: 'RunCancelRequested'; readonly at: Instant }
  | {
      readonly type: 'RunCompleted';
      readonly epoch: number;
      readonly metrics: readonly Metric[];
      readonly sweep?: SweepMember;
      readonly at: Instant;
    }
  | {
      readonly type: 'RunFailed';
      readonly epoch: number;
      readonly failure: Failure;
      readonly sweep?: SweepMember;
      readonly at: Instant;
    }
  | {
      readonly type: 'RunCancelled';
      readonly epoch: number;
      readonly sweep?: SweepMember;
      readonly at: Instant;
    };

export type RunEventType = RunEvent['type'];
