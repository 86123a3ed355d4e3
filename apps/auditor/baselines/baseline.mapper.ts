import type { auditor } from '#contracts';
import { limitsOf } from '#domain/baseline';
import { moments } from '#domain/drift';
import type { Shown } from '#runtime';
import type { BaselineDocument } from './baseline.projection.js';

/** With the limits that follow from what was accepted; they are stored nowhere. */
export function toBaseline(baseline: Shown<BaselineDocument>): auditor.Baseline {
  const values = baseline.runs.map(({ value }) => value);
  const limits = limitsOf(values, baseline.tolerance);
  const { mean, sd } = moments(values);
  const { compared, drifted } = baseline.tallies[String(baseline.version)] ?? { compared: 0, drifted: 0 };
  return {
    id: baseline.id,
    stream: baseline.stream,
    namespace: baseline.namespace,
    blueprint: baseline.blueprint,
    channel: baseline.channel,
    metric: baseline.metric,
    version: baseline.version,
    runs: baseline.runs.map(({ run }) => run),
    referenceRun: baseline.reference.run,
    referenceManifest: baseline.reference.manifest,
    n: values.length,
    mean,
    ...(values.length > 1 ? { sd } : {}),
    method: limits.method,
    ...(limits.method === 'too-few' ? {} : { lower: limits.lower, upper: limits.upper }),
    ...(limits.method === 'tolerance-interval' ? { falseAlarmRate: limits.falseAlarmRate } : {}),
    reason: baseline.reason,
    acceptedAt: baseline.acceptedAt,
    retired: baseline.retired,
    compared,
    drifted,
  };
}
