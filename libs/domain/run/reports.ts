import type { Digest, JsonObject } from '#kernel';
import { digestValue } from '#evidence';
import { instanceId } from '#domain/manifest';
import type { Report } from './commands.js';
import type { Failure, Metric, RunEvent } from './events.js';

export type Progress = Extract<Report, { kind: 'started' | 'step' }>;

/** What a report is about: an attempt says each thing once. */
export const subjectOf = (report: Progress): string =>
  report.kind === 'started' ? 'started' : `step ${instanceId(report.step, report.fold)}`;

/** The same for the same report, whenever it arrives. */
export const progressDigest = (report: Progress): Digest => digestValue(report as unknown as JsonObject);

/** Of what an attempt ended with. */
export const endDigest = (
  end: { readonly metrics: readonly Metric[] } | { readonly failure: Failure },
): Digest => digestValue(end as unknown as JsonObject);

export type ProgressEvent = Extract<RunEvent, { type: 'RunStarted' | 'StepCompleted' | 'StepFailed' }>;

/** What the report that gave an event was about, and its digest. */
export function reportBehind(event: ProgressEvent): { readonly subject: string; readonly digest: Digest } {
  const known = behind.get(event);
  if (known !== undefined) return known;
  const { type, epoch: _, at: __, ...facts } = event;
  const report = { kind: type === 'RunStarted' ? 'started' : 'step', ...facts } as Progress;
  const found = { subject: subjectOf(report), digest: progressDigest(report) };
  behind.set(event, found);
  return found;
}

/** An event is evolved with where it is decided, and again where it is recorded. */
const behind = new WeakMap<ProgressEvent, { readonly subject: string; readonly digest: Digest }>();

/** What an attempt that an executor gave up failed with: nobody asked for it, so the executor is as good as lost. */
export function failureBehind(report: Extract<Report, { kind: 'failed' | 'cancelled' }>): Failure {
  if (report.kind === 'cancelled') return { class: 'executor-lost', message: report.message };
  const { failure } = report;
  return failure.class === 'cancelled' ? { ...failure, class: 'executor-lost' } : failure;
}
