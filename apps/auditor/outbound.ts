import type { JsonObject } from '#kernel';
import { publisher, type Published } from '#contracts/public';

/** Accepted values and evidence are asked for over gRPC. */
export const published: Published = {
  AuditConcluded: [
    'holdfast.audit.concluded.v1',
    ...(['audited', 'verdict', 'scheduled', 'checked', 'findingsTotal'] as const),
  ],
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

/** Of a drift's findings what they are about; of an audit's how many there are. */
function derived(data: JsonObject): JsonObject {
  if (typeof data['findings'] === 'number')
    return { audited: data['kind'] ?? '', verdict: data['outcome'] ?? '', findingsTotal: data['findings'] };
  const findings = data['findings'] as readonly JsonObject[] | undefined;
  return findings === undefined
    ? {}
    : { findings: findings.map(({ kind = '', subject = '' }) => ({ kind, subject })) };
}

export const toPublic = publisher(published, derived);
