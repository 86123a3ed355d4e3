import type { auditor as proto } from '#contracts';
import type { AuditFinding } from '#domain/audit';
import type { Finding } from '#verification';
import type { AuditDocument } from './audit.projection.js';

export const toAudit = (audit: AuditDocument): proto.Audit => ({
  ...{ id: audit.id, kind: audit.kind, outcome: audit.outcome, reason: audit.problem },
  ...{ scheduled: audit.scheduled, startedAt: audit.startedAt ?? undefined, concludedAt: audit.concludedAt },
  ...{ checked: audit.checked, findings: audit.findings, root: audit.log?.root ?? '' },
  first: audit.first.map(({ index, revision, ...finding }) => ({
    ...{ stream: '', eventId: '', file: '', ...finding },
    ...(index === undefined ? {} : { index: Number(index) }),
    ...(revision === undefined ? {} : { revision: Number(revision) }),
  })),
});

export const toFinding = ({ index, revision, ...finding }: Finding): proto.VerificationFinding => ({
  ...{ stream: '', eventId: '', file: '', ...finding },
  ...(index === undefined ? {} : { index }),
  ...(revision === undefined ? {} : { revision }),
});

/** As an event holds it. */
export const toStored = ({ index, revision, ...finding }: Finding): AuditFinding => ({
  ...finding,
  ...(index === undefined ? {} : { index: String(index) }),
  ...(revision === undefined ? {} : { revision: String(revision) }),
});
