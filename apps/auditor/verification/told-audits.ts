import { epochMs } from '#kernel';
import type { Told } from '#observability';
import { auditKinds } from '#domain/audit';
import type { Auditor } from '../auditor.js';

/** The newest audit of each kind: what it found, and how long ago. Every instance tells the same. */
export async function tellAudits(told: Told, { views, clock }: Auditor): Promise<void> {
  await Promise.all(
    auditKinds.map(async (kind) => {
      const where = [{ field: 'kind', is: kind }];
      const [last] = await views.audits.query({
        where,
        sort: { field: 'order', direction: 'desc' },
        limit: 1,
      });
      if (last === undefined) return;
      told('holdfast_audit_findings', { kind }, last.findings);
      told('holdfast_audit_held', { kind }, last.outcome === 'held' ? 1 : 0);
      told('holdfast_audit_age_seconds', { kind }, (epochMs(clock.now()) - epochMs(last.concludedAt)) / 1000);
    }),
  );
}
