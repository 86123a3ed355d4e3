import type { Chance, Clock, FaultPoint } from '#kernel';
import { canonicalBytes } from '#evidence';
import type { scheduler } from '#contracts';
import { stepOrder, stepSeed, type StepInstance } from '#domain/manifest';
import { runMetrics } from '#domain/run';
import type { Instruments } from '#observability';
import type { Log } from '#platform';
import type { Cores } from '../host/cores.js';
import type { SchedulerDoor } from '../pool/scheduler-door.js';
import { failureOf } from './failure-of.js';
import { prepareAttempt, type Host, type Prepared } from './prepare-attempt.js';
import { openReports, type Report, type Reports, type ReportsOptions } from './reports.js';
import { runSteps, stoppedBy } from './run-steps.js';
import { stepReport, toFailure, toMetric, toSeries } from './step-report.js';
import { decisiveFailure, type AttemptFailure, type StepResult } from './step-result.js';
import { composeStep } from './compose-step.js';
import type { Telemetry } from './telemetry.js';

/** What an attempt works with. */
export interface Workplace extends Host {
  readonly executorId: string;
  readonly door: SchedulerDoor;
  readonly cores: Cores;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  readonly instruments: Instruments;
  /** Of the executor; a label of what is counted. */
  readonly pool: string;
  /** Where tests kill the process. */
  readonly reach: FaultPoint;
}

/** Why an attempt is stopped from outside: what is then reported. */
export type StopReason =
  /** Somebody cancelled the run. */
  | 'cancelled'
  /** This executor ends: another one may repeat the run. */
  | 'given-back'
  /** The lease is not this executor's any more: nothing is reported. */
  | 'abandoned';

/** One lease of one run, being worked on. */
export interface Attempt {
  readonly runId: string;
  readonly epoch: number;
  /** Stops what runs. Only giving it up altogether overrides an earlier reason. */
  stop(reason: StopReason): void;
  /** When nothing of it is left, on this host and to be told. Never rejects. */
  readonly ended: Promise<void>;
}

/** What the executor does when an attempt ends: it may go on with another run at once. */
export type GoOn = Pick<ReportsOptions, 'next' | 'onNext'>;

const nothingNext: GoOn = { next: () => undefined, onNext: () => undefined };

export function startAttempt(
  assignment: scheduler.Assignment,
  workplace: Workplace,
  goOn: GoOn = nothingNext,
): Attempt {
  const { runId, epoch, correlationId, causationId } = assignment;
  const { meter, tracer } = workplace.instruments;
  const log = workplace.log.with({ run: runId, epoch });
  const stopping = new AbortController();
  const silence = new AbortController();
  let reason: StopReason | undefined;

  const stop = (why: StopReason) => {
    if (reason === 'abandoned' || (reason !== undefined && why !== 'abandoned')) return;
    reason = why;
    if (why === 'abandoned') silence.abort();
    stopping.abort();
  };
  const reports = openReports({
    ...workplace,
    ...goOn,
    assignment,
    silence: silence.signal,
    onCancel: () => stop('cancelled'),
    onRefused(error) {
      log.warn('the scheduler takes no reports of this attempt any more', { error });
      stop('abandoned');
    },
  });

  const work = async (): Promise<void> => {
    workplace.reach('executor:after-claim');
    const end = await carryOut(assignment, workplace, reports, stopping.signal).catch((error: unknown) => {
      log.error('an attempt failed within Holdfast', { error });
      return failedWith(failureOf(error, 'internal'));
    });
    meter.count('holdfast_attempts_total', { pool: workplace.pool, outcome: outcomeOf(reason, end) });
    if (reason !== 'abandoned') reports.send('end', endOf(reason, end));
    const told = await reports.settled();
    log.info('an attempt ended', { end: reason ?? end.$case, told });
  };
  const facts = { 'holdfast.run': runId, 'holdfast.epoch': epoch };
  const span = { name: 'attempt', correlationId, causedBy: causationId || undefined, facts };
  return { runId, epoch, stop, ended: tracer.within(span, work) };
}

/** The life of an attempt, up to what is to be said of its end. */
async function carryOut(
  { manifest, epoch, runId, correlationId }: scheduler.Assignment,
  workplace: Workplace,
  reports: Reports,
  signal: AbortSignal,
): Promise<Report> {
  const { tracer } = workplace.instruments;
  const prepared = await orStopped(
    tracer.within({ name: 'prepare', correlationId }, () => prepareAttempt(manifest, workplace)),
    signal,
  );
  if (prepared === undefined) return failedWith(stopped);
  if ('failure' in prepared) return failedWith(prepared.failure);
  reports.send('started', { $case: 'started', value: startedWith(prepared) });

  const order = stepOrder(prepared.manifest);
  const results = new Map<string, StepResult>();
  const run = async (instance: StepInstance, stop: AbortSignal) => {
    const span = { name: `step ${instance.id}`, correlationId };
    const result = await tracer.within(span, () =>
      runInstance(instance, prepared, results, runId, workplace, stop),
    );
    if (result === undefined) return undefined;
    results.set(instance.id, result);
    reports.send(`step ${instance.id}`, { $case: 'step', value: stepReport(result, epoch) });
    return result;
  };
  await runSteps(order, run, signal);
  const failure = decisiveFailure(order, results);
  if (failure !== undefined) return failedWith(failure);
  if (results.size < order.length) return failedWith(stopped);
  const writtenBy = (id: string) => results.get(id)?.outcome.metrics.summary.map(toSeries) ?? [];
  return { $case: 'completed', value: { metrics: runMetrics(order, writtenBy).map(toMetric) } };
}

/** Large data is not waited for when nobody wants it any more. */
async function orStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const stop = Promise.withResolvers<undefined>();
  const leave = () => stop.resolve(undefined);
  signal.addEventListener('abort', leave, { once: true });
  work.catch(() => undefined);
  return Promise.race([work, stop.promise]).finally(() => signal.removeEventListener('abort', leave));
}

/** Waits for cores, then runs one step instance; undefined when it was stopped while it waited. */
async function runInstance(
  instance: StepInstance,
  prepared: Prepared,
  results: ReadonlyMap<string, StepResult>,
  runId: string,
  { cores, dataInputs, sandboxes, telemetry, reach, clock, pool, instruments }: Workplace,
  signal: AbortSignal,
): Promise<StepResult | undefined> {
  const giveBack = await cores.take(prepared.manifest.pinned.resources.cpu, signal);
  if (giveBack === undefined) return undefined;
  try {
    const { data, folds } = await dataInputs.of(prepared.manifest);
    const outcomeOf = (id: string) => results.get(id)?.outcome;
    const spec = composeStep(prepared, instance, { data, folds, outcomeOf });
    const sandbox = await sandboxes.at(prepared.level);
    reach('executor:before-step');
    const startedMs = clock.monotonicMs();
    const outcome = await sandbox.runStep(spec, {
      signal,
      onOutput: telemetry.of(runId, instance),
    });
    const seconds = (clock.monotonicMs() - startedMs) / 1000;
    instruments.meter.observe('holdfast_step_seconds', { pool, outcome: outcome.status }, seconds);
    reach('executor:after-step');
    const seed = stepSeed(prepared.manifest, instance);
    const other = outcome.status === 'failed' && outcome.failure.class === 'cancelled' && stoppedBy(signal);
    if (!other) return { instance, seed, outcome, failed: outcome.status === 'failed' };
    const failure = { class: 'cancelled', message: `stopped because ${other} failed` } as const;
    return { instance, seed, outcome: { ...outcome, failure }, failed: true };
  } finally {
    giveBack();
  }
}

const startedWith = (prepared: Prepared): scheduler.AttemptStarted => ({
  fingerprint: prepared.fingerprint.digest,
  sections: prepared.fingerprint.sections,
  isolation: Buffer.from(canonicalBytes(prepared.isolation)),
  ...(prepared.folds === undefined ? {} : { folds: prepared.folds }),
  hostNotIsolated: prepared.hostNotIsolated,
});

/** Without its store an executor is as good as lost: another one may reach it, or this one later. */
const failedWith = (failure: AttemptFailure): Report => ({
  $case: 'failed',
  value: toFailure(
    failure.class === 'storage-unreachable' ? { ...failure, class: 'executor-lost' } : failure,
  ),
});
const stopped: AttemptFailure = { class: 'cancelled', message: 'stopped before it had ended' };

/** As it is counted. */
function outcomeOf(reason: StopReason | undefined, end: Report): string {
  if (reason === 'abandoned') return reason;
  const said = endOf(reason, end);
  return said.$case === 'failed' ? said.value.failureClass : said.$case;
}

/** What the attempt came to by itself is told, whoever wanted it to stop. */
function endOf(reason: StopReason | undefined, end: Report): Report {
  const byItself = end.$case !== 'failed' || end.value.failureClass !== stopped.class;
  if (reason === undefined || byItself) return end;
  if (reason === 'cancelled') return { $case: 'cancelled', value: { message: 'stopped, as was asked' } };
  return failedWith({ class: 'executor-lost', message: 'the executor was stopped while it ran' });
}
