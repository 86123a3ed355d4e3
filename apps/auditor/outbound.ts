import type { JsonObject } from '#kernel';
import { publisher, type Published } from '#contracts/public';

/** Accepted values and evidence are asked for over gRPC. */
export const published: Published = {
  BaselineAccepted: [
    'holdfast.baseline.accepted.v1',
    ...(['namespace', 'blueprint', 'channel', 'metric', 'version'] as const),
  ],
  BaselineRetired: ['holdfast.baseline.retired.v1', 'version'],
  BaselineHeld: [
    'holdfast.baseline.held.v1',
    ...(['namespace', 'blueprint', 'metric', 'run', 'baseline', 'baselineVersion'] as const),
    ...(['value', 'method', 'n'] as const),
  ],
  DriftDetected: [
    'holdfast.drift.detected.v1',
    ...(['namespace', 'blueprint', 'metric', 'run', 'baseline', 'baselineVersion', 'findings'] as const),
  ],
};

/** Of a finding what it is about. */
function derived(data: JsonObject): JsonObject {
  const findings = data['findings'] as readonly JsonObject[] | undefined;
  return findings === undefined
    ? {}
    : { findings: findings.map(({ kind = '', subject = '' }) => ({ kind, subject })) };
}

export const toPublic = publisher(published, derived);
