import { assertNoProblems } from '#kernel';
import type { auditor as proto } from '#contracts';
import { auditKinds } from '#domain/audit';
import { pageSize, type CallContext } from '#platform';
import type { Auditor } from '../auditor.js';
import { toAudit } from './audit.mapper.js';

/** @throws INVALID_REQUEST, PAGE_TOKEN_STALE */
export async function listAudits(
  auditor: Auditor,
  { kind, failed, pageSize: size, pageToken }: proto.ListAuditsRequest,
  context: CallContext,
): Promise<proto.ListAuditsResponse> {
  const known: readonly string[] = ['', ...auditKinds];
  const problem = {
    ...{ code: 'AUDIT_KIND_UNKNOWN', field: 'kind', message: 'there is no such kind of audit' },
    ...{ found: kind.slice(0, 120), fix: `one of ${auditKinds.join(', ')}` },
  };
  assertNoProblems(known.includes(kind) ? [] : [problem], 'INVALID_REQUEST');
  await auditor.upToDate(context, ['audits']);
  const page = await auditor.views.audits.page({
    where: [
      ...(kind === '' ? [] : [{ field: 'kind', is: kind }]),
      ...(failed ? [{ field: 'outcome', is: 'failed' }] : []),
    ],
    sort: { field: 'order', direction: 'desc' },
    ...{ pageSize: pageSize(size), pageToken },
  });
  return { audits: page.items.map(toAudit), nextPageToken: page.nextPageToken };
}
