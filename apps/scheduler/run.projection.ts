import { streamUuid, type Digest, type Instant, type JsonObject, type Problem, type StreamId } from '#kernel';
import type { Actor } from '#contracts/stored';
import type { BlobRef, Failure, Metric, Output, RunEvent, RunStatus } from '#domain/run';
import type { Document } from '#read-store';
import { domainEvent, type ProjectedEvent, type Projection, type Reason } from '#runtime';
import { metricField } from './metric-field.js';

export type StepDocument = {
  readonly step: string;
  readonly fold: number | null;
  readonly status: 'completed' | 'failed';
  readonly epoch: number;
  readonly durationMs: number;
  readonly outputs: readonly Output[];
  readonly undeclared: readonly Output[];
  readonly stdout: BlobRef;
  readonly stderr: BlobRef;
  readonly metrics: BlobRef;
  readonly summary: readonly Metric[];
  readonly failure: Failure | null;
  readonly exitCode: number | null;
  readonly seed: string;
};

export type AttemptDocument = {
  readonly epoch: number;
  readonly executor: string;
  readonly claimedAt: Instant;
  readonly endedAt: Instant | null;
  readonly outcome: 'running' | 'completed' | 'failed' | 'cancelled' | 'lease-expired';
  readonly failure: Failure | null;
  readonly fingerprint: Digest | null;
};

/** All there is to say of one run; its id is that of the run. */
export interface RunDocument extends Document {
  readonly stream: StreamId;
  readonly namespace: string;
  readonly status: RunStatus;
  /** Recorded order among all runs. */
  readonly order: number;
  /** `namespace/name`. */
  readonly blueprint: string;
  /** Without the namespace. */
  readonly blueprintName: string;
  readonly blueprintVersion: Digest;
  readonly manifest: Digest | null;
  readonly reproducibilityKey: Digest | null;
  readonly reason: Reason;
  readonly pool: string;
  readonly priority: number;
  readonly submittedBy: Actor;
  readonly submittedAt: Instant;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly epoch: number;
  readonly executor: string | null;
  readonly knobs: JsonObject;
  /** In the order they were reported, each in the newest attempt that did. */
  readonly steps: readonly StepDocument[];
  readonly metrics: readonly Metric[];
  /** Final values by {@link metricField}, to sort by. */
  readonly metricValues: Readonly<Record<string, number>>;
  readonly problems: readonly (Problem & JsonObject)[];
  readonly failure: Failure | null;
  readonly sweep: string | null;
  readonly sweepIndex: number | null;
  readonly reproductionOf: string | null;
  readonly revision: number;
  readonly stepsTotal: number;
  readonly isolation: JsonObject | null;
  readonly attempts: readonly AttemptDocument[];
}

export const runProjection: Projection<RunDocument> = {
  name: 'runs',
  version: 1,
  kinds: ['run'],
  // The first that fits a list is taken: what rules out most comes first.
  indexes: [
    ['sweep', 'order'],
    ['reproducibilityKey', 'order'],
    ['namespace', 'blueprintName', 'order'],
    ['namespace', 'status', 'order'],
    ['namespace', 'order'],
    ['namespace', 'metricValues.*'],
    ['metricValues.*'],
    'order',
  ],
  ids: ({ stream }) => [streamUuid(stream)],
  starts: ({ type }) => type === 'RunSubmitted',
  project(doc, stored, id) {
    const event = domainEvent<RunEvent>(stored);
    if (event.type === 'RunSubmitted') return submitted(event, stored, id);
    return doc && { ...after(doc, event), revision: stored.revision };
  },
};

function submitted(
  event: Extract<RunEvent, { type: 'RunSubmitted' }>,
  { stream, revision, metadata, index }: ProjectedEvent,
  id: string,
): RunDocument {
  const { namespace, blueprint, knobs, pool, priority, sweep, reproductionOf, submittedAt } = event;
  return {
    ...{ id, stream, namespace, status: 'submitted', order: index, revision },
    ...{ blueprint: blueprint.name, blueprintVersion: blueprint.version },
    blueprintName: blueprint.name.slice(blueprint.name.indexOf('/') + 1),
    ...{ manifest: null, reproducibilityKey: null, stepsTotal: 0, knobs, pool, priority },
    ...{ reason: metadata.reason ?? '', submittedBy: metadata.actor, submittedAt },
    ...{ startedAt: null, endedAt: null, epoch: 0, executor: null, isolation: null, attempts: [] },
    ...{ steps: [], metrics: [], metricValues: {}, problems: [], failure: null },
    ...{ sweep: sweep?.id ?? null, sweepIndex: sweep?.index ?? null, reproductionOf: reproductionOf ?? null },
  };
}

function after(doc: RunDocument, event: Exclude<RunEvent, { type: 'RunSubmitted' }>): RunDocument {
  switch (event.type) {
    case 'RunAdmitted': {
      const { manifest, reproducibilityKey, stepsTotal } = event;
      return { ...doc, status: 'queued', manifest, reproducibilityKey, stepsTotal };
    }
    case 'RunRejected': {
      const problems = event.problems as readonly (Problem & JsonObject)[];
      return { ...doc, status: 'rejected', problems, endedAt: event.at };
    }
    case 'RunClaimed': {
      const { epoch, executor, at } = event;
      const open = { endedAt: null, outcome: 'running', failure: null, fingerprint: null } as const;
      const attempts = [...doc.attempts, { epoch, executor, claimedAt: at, ...open }];
      return { ...doc, status: 'claimed', epoch, executor, attempts };
    }
    case 'RunStarted': {
      const { fingerprint, isolation, at } = event;
      const status = doc.status === 'claimed' ? 'running' : doc.status;
      return { ...inAttempt(doc, { fingerprint }), status, isolation, startedAt: doc.startedAt ?? at };
    }
    case 'StepCompleted':
    case 'StepFailed':
      return { ...doc, steps: withStep(doc.steps, stepOf(event)) };
    case 'RunLeaseExpired':
      return inAttempt(doc, { outcome: 'lease-expired', endedAt: event.at });
    case 'RunCancelRequested':
      return { ...doc, status: 'cancelling' };
    case 'RunRetried':
      return { ...endedAttempt(doc, 'failed', event.at, event.failure), status: 'queued', executor: null };
    case 'RunCompleted': {
      const values = event.metrics.map(({ name, value }) => [metricField(name), value] as const);
      return {
        ...endedAttempt(doc, 'completed', event.at),
        status: 'completed',
        endedAt: event.at,
        metrics: event.metrics,
        metricValues: Object.fromEntries(values),
      };
    }
    case 'RunFailed': {
      const { failure, at } = event;
      return { ...endedAttempt(doc, 'failed', at, failure), status: 'failed', failure, endedAt: at };
    }
    case 'RunCancelled':
      return { ...endedAttempt(doc, 'cancelled', event.at), status: 'cancelled', endedAt: event.at };
  }
}

const inAttempt = (doc: RunDocument, change: Partial<AttemptDocument>): RunDocument => {
  const newest = doc.attempts.at(-1);
  return newest ? { ...doc, attempts: [...doc.attempts.slice(0, -1), { ...newest, ...change }] } : doc;
};

/** An attempt whose lease expired, or that ended before, keeps its outcome. */
function endedAttempt(
  doc: RunDocument,
  outcome: AttemptDocument['outcome'],
  endedAt: Instant,
  failure: Failure | null = null,
): RunDocument {
  const newest = doc.attempts.at(-1);
  if (newest?.outcome === 'lease-expired' && newest.epoch === doc.epoch && newest.failure === null)
    return inAttempt(doc, { failure });
  return newest?.outcome === 'running' ? inAttempt(doc, { outcome, endedAt, failure }) : doc;
}

function stepOf(event: Extract<RunEvent, { type: 'StepCompleted' | 'StepFailed' }>): StepDocument {
  const { type, at: _, exitCode, ...facts } = event;
  const failure = type === 'StepFailed' ? event.failure : null;
  return {
    ...facts,
    status: type === 'StepCompleted' ? 'completed' : 'failed',
    exitCode: exitCode ?? null,
    failure,
  };
}

const withStep = (steps: readonly StepDocument[], step: StepDocument): readonly StepDocument[] => [
  ...steps.filter((other) => other.step !== step.step || other.fold !== step.fold),
  step,
];
