import { provenance } from '#contracts';
import type { Difference } from '#domain/comparison';
import type { Shown } from '#runtime';
import type { ReproductionDocument } from './reproduction.projection.js';

const verdicts = {
  identical: provenance.Verdict.VERDICT_IDENTICAL,
  equivalent: provenance.Verdict.VERDICT_EQUIVALENT,
  diverged: provenance.Verdict.VERDICT_DIVERGED,
  'not-run': provenance.Verdict.VERDICT_NOT_RUN,
} as const;

export const toDifference = ({
  area,
  what,
  a,
  b,
  detail,
  likelihood,
}: Difference): provenance.Difference => ({ area, what, a, b, detail, likelihood });

export const toReproduction = (document: Shown<ReproductionDocument>): provenance.Reproduction => ({
  id: document.id,
  stream: document.stream,
  originalRun: document.originalRun,
  repeatedRun: document.repeatedRun,
  verdict: document.verdict === null ? provenance.Verdict.VERDICT_UNSPECIFIED : verdicts[document.verdict],
  differences: document.differences.map(toDifference),
  reason: document.reason,
  startedAt: document.startedAt,
  concludedAt: document.concludedAt ?? undefined,
  remarks: [
    ...document.remarks,
    ...(document.differencesTotal > document.differences.length
      ? [`${document.differencesTotal - document.differences.length} more differences are not listed`]
      : []),
  ],
});
