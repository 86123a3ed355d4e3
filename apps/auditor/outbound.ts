import type { JsonObject } from '#kernel';
import type { ProjectedEvent, PublicEvent } from '#runtime';

/** Public type of each stored one; what is not here stays private. */
const publicTypes: Readonly<Record<string, string>> = {
  BaselineAccepted: 'holdfast.baseline.accepted.v1',
  BaselineRetired: 'holdfast.baseline.retired.v1',
  BaselineHeld: 'holdfast.baseline.held.v1',
  DriftDetected: 'holdfast.drift.detected.v1',
};

/** Facts that others may need; accepted values and evidence are asked for over gRPC. */
const publicFields = [
  ...['namespace', 'blueprint', 'channel', 'metric', 'version'],
  ...['run', 'baseline', 'baselineVersion', 'value', 'method', 'n'],
];

export function toPublic({ type, data, revision }: ProjectedEvent): PublicEvent | undefined {
  const publicType = Object.hasOwn(publicTypes, type) ? publicTypes[type] : undefined;
  if (publicType === undefined) return undefined;
  const known = Object.entries(data).filter(([field]) => publicFields.includes(field));
  const findings = data['findings'] as readonly JsonObject[] | undefined;
  const named = findings?.map(({ kind = '', subject = '' }) => ({ kind, subject }));
  return {
    type: publicType,
    data: { ...Object.fromEntries(known), ...(named ? { findings: named } : {}), streamRevision: revision },
  };
}
