import type { auditor } from '#contracts';
import type { DriftDocument } from './drift.projection.js';

export const toDrift = (drift: DriftDocument): auditor.Drift => ({
  id: drift.id,
  stream: drift.stream,
  namespace: drift.namespace,
  runId: drift.run,
  baselineId: drift.baseline,
  ...drift.finding,
  suspects: drift.suspects.map((suspect) => ({ ...suspect })),
  detectedAt: drift.detectedAt,
});
