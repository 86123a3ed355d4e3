import { DomainError, fold, toInstant, type Digest, type JsonObject } from '#kernel';
import type { scheduler } from '#contracts';
import { run, type Report, type RunEvent, type RunState } from '#domain/run';
import type { SchedulerDoor } from '../pool/scheduler-door.js';

const at = toInstant(0);
const key = `sha256:${'0'.repeat(64)}` as Digest;

/** A scheduler of one process and one pool: the real rules of runs, their events in memory. */
export interface LocalScheduler {
  readonly door: SchedulerDoor;
  /** Queues a run and says under which id. */
  submit(manifest: Digest, stepsTotal: number, retry?: { attempts: number; on: string[] }): string;
  claim(runId: string, executor: string): scheduler.Assignment;
  cancel(runId: string): void;
  expire(runId: string): void;
  state(runId: string): RunState;
  events(runId: string): readonly RunEvent[];
  /** Called with each report before any of its request is taken; throws what the executor is to see. */
  onReport: (request: scheduler.ReportAttemptRequest) => void;
  /** Idempotency keys of reports, in the order they came. */
  readonly keys: string[];
  readonly joined: scheduler.ExecutorInfo[];
  readonly left: string[];
  readonly beats: scheduler.HeartbeatRequest[];
  /** What it says of attempts at once; 0: nothing. */
  slots: number;
  /** Answers nothing while true. */
  away: boolean;
  /** What was asked while it was away. */
  readonly unanswered: Set<keyof SchedulerDoor>;
  /** Does not say in answers that work is waiting while true. */
  silent: boolean;
}

interface Kept {
  readonly id: string;
  readonly manifest: Digest;
  readonly events: RunEvent[];
}

export function openLocalScheduler(): LocalScheduler {
  const runs = new Map<string, Kept>();
  const claims = new Map<string, scheduler.Assignment | undefined>();
  const kept = (id: string): Kept => {
    const one = runs.get(id);
    if (one === undefined) throw new DomainError('not-found', 'RUN_NOT_FOUND', 'there is no such run');
    return one;
  };
  const carryOut = (id: string, command: Parameters<typeof run.decide>[0]) => {
    const { events } = kept(id);
    events.push(...run.decide(command, fold(run, events)));
  };
  const next = (key: string, { executorId, freeSlots }: scheduler.ClaimNextRequest) => {
    if (!claims.has(key) && freeSlots > 0) {
      const first = [...runs.keys()].find((id) => local.state(id).status === 'queued');
      claims.set(key, first === undefined ? undefined : local.claim(first, executorId));
    }
    return claims.get(key);
  };
  const held = (status: string) => ['claimed', 'running', 'cancelling'].includes(status);
  const here = (method: keyof SchedulerDoor) => {
    if (!local.away) return;
    local.unanswered.add(method);
    throw new DomainError('unavailable', 'AWAY', 'nobody answers');
  };

  const local: LocalScheduler = {
    away: false,
    silent: false,
    slots: 0,
    unanswered: new Set(),
    keys: [],
    joined: [],
    left: [],
    beats: [],
    onReport: () => undefined,
    submit(manifest, stepsTotal, retry = { attempts: 3, on: ['executor-lost', 'lease-expired'] }) {
      const id = `00000000-0000-4000-8000-${String(runs.size).padStart(12, '0')}`;
      runs.set(id, { id, manifest, events: [] });
      const blueprint = { name: 'default/test', version: key };
      const about = { namespace: 'default', blueprint, knobs: {}, pool: 'default', priority: 0 };
      const submission = { ...about, requestDigest: key };
      const admission = { manifest, reproducibilityKey: key, stepsTotal, retry };
      carryOut(id, { type: 'SubmitRun', submission, admission, at });
      return id;
    },
    claim(id, executor) {
      carryOut(id, { type: 'ClaimRun', executor, release: 'test', at });
      const claimed = local.events(id).at(-1);
      const epoch = claimed?.type === 'RunClaimed' ? claimed.epoch : 0;
      const names = { namespace: 'default', correlationId: 'a-test', causationId: '' };
      return { runId: id, epoch, manifest: kept(id).manifest, reproducibilityKey: key, ...names };
    },
    cancel: (id) => carryOut(id, { type: 'CancelRun', at }),
    expire(id) {
      const state = local.state(id);
      const epoch = 'attempt' in state ? state.attempt.epoch : 0;
      carryOut(id, { type: 'ExpireLease', epoch, cause: 'lease-expired', message: 'a test', at });
    },
    state: (id) => fold(run, kept(id).events),
    events: (id) => kept(id).events,

    door: {
      async joinPool({ executor }) {
        here('joinPool');
        if (executor) local.joined.push(executor);
        return Promise.resolve({ heartbeatMs: 20, leaseTtlMs: 200, slots: local.slots });
      },
      async leavePool({ executorId }) {
        here('leavePool');
        local.left.push(executorId);
        return Promise.resolve({});
      },
      async claimNext(request, options) {
        here('claimNext');
        return Promise.resolve({ assignment: next(options?.idempotencyKey ?? '', request) });
      },
      async heartbeat(request) {
        here('heartbeat');
        if (local.joined.length === 0) throw new DomainError('not-found', 'EXECUTOR_NOT_FOUND', 'join first');
        local.beats.push(request);
        const is = (status: string) => (lease: scheduler.Lease) => local.state(lease.runId).status === status;
        const cancel = request.leases.filter(is('cancelling'));
        const abandon = request.leases.filter((lease) => {
          const state = local.state(lease.runId);
          return !('attempt' in state) || state.attempt.epoch !== lease.epoch || !held(state.status);
        });
        const workWaiting =
          !local.silent && [...runs.keys()].some((id) => local.state(id).status === 'queued');
        return Promise.resolve({ cancel, abandon, mode: 'active', slots: local.slots, workWaiting });
      },
      async reportAttempt(request, options) {
        here('reportAttempt');
        local.keys.push(options?.idempotencyKey ?? '');
        const { runId, epoch, executorId, reports } = request;
        for (const { report } of reports) local.onReport({ ...request, report });
        const all = { reports: reports.map(toReport), at };
        carryOut(runId, { type: 'ReportAttempt', epoch, executor: executorId, ...all });
        const cancel = local.state(runId).status === 'cancelling';
        const assignment = request.next && next(`${local.keys.at(-1)} next`, request.next);
        return Promise.resolve({ position: '', cancel, assignment });
      },
    },
  };
  return local;
}

function toReport({ report }: scheduler.AttemptReport): Report {
  const failureOf = ({ failureClass, ...failure }: scheduler.Failure) => ({
    class: failureClass,
    ...failure,
  });
  switch (report?.$case) {
    case 'started': {
      const isolation = JSON.parse(report.value.isolation.toString()) as JsonObject;
      return { kind: 'started', ...report.value, isolation } as unknown as Report;
    }
    case 'step': {
      const { name, fold: place, status: _, epoch: __, failure, ...facts } = report.value;
      const step = { kind: 'step', step: name, fold: place ?? null, ...facts };
      return { ...step, ...(failure ? { failure: failureOf(failure) } : {}) } as unknown as Report;
    }
    case 'completed':
      return { kind: 'completed', metrics: report.value.metrics as never };
    case 'failed':
      return { kind: 'failed', failure: failureOf(report.value) as never };
    case 'cancelled':
      return { kind: 'cancelled', message: report.value.message };
    default:
      throw new DomainError('invalid', 'REPORT_MISSING', 'there is no report');
  }
}
