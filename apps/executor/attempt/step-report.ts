import type { scheduler } from '#contracts';
import type { LogBlob, MetricSummary, StepOutput } from '#sandbox';
import type { Metric } from '#domain/run';
import type { AttemptFailure, StepResult } from './step-result.js';

const longestMessageChars = 4_000;

/** A step instance's end as the scheduler is told of it. */
export function stepReport({ instance, seed, outcome }: StepResult, epoch: number): scheduler.Step {
  const { step, fold } = instance;
  const where = fold === null ? {} : { fold };
  const { status, exitCode, outputs, undeclared, stdout, stderr, metrics, usage } = outcome;
  return {
    name: step,
    ...where,
    status,
    epoch,
    durationMs: Math.round(usage.durationMs),
    outputs: outputs.map(toOutput),
    undeclared: undeclared.map(toOutput),
    stdout: toBlob(stdout),
    stderr: toBlob(stderr),
    metrics: toBlob(metrics),
    summary: metrics.summary.map(toSeries),
    ...(outcome.status === 'failed' ? { failure: toFailure({ ...outcome.failure, step, ...where }) } : {}),
    ...(exitCode === undefined ? {} : { exitCode }),
    seed,
  };
}

export const toFailure = ({ class: failureClass, message, ...where }: AttemptFailure): scheduler.Failure => ({
  failureClass,
  message: message.slice(0, longestMessageChars).toWellFormed(),
  ...where,
});

export const toMetric = (metric: Metric): scheduler.Metric => ({ ...metric });

const toOutput = ({ name, path, digest, sizeBytes, kind }: StepOutput): scheduler.Output => ({
  name,
  path,
  digest,
  sizeBytes,
  kind,
});
const toBlob = ({ digest, sizeBytes }: Pick<LogBlob, 'digest' | 'sizeBytes'>) => ({ digest, sizeBytes });
export const toSeries = ({ name, last, count, min, max }: MetricSummary): scheduler.Metric => ({
  name,
  value: last,
  count,
  min,
  max,
  folds: 0,
});
