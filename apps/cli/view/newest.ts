import { DomainError } from '#kernel';
import type { Connection } from '#rpc';
import { everyPage } from '../experiment/catalogue-questions.js';

type Auditor = Connection['auditor'];

/** Any id as it is; `last` is the baseline that was accepted last. @throws BASELINE_NOT_FOUND */
export async function baselineId(auditor: Auditor, namespace: string, given: string): Promise<string> {
  if (given !== 'last') return given;
  const all = await everyPage(async (pageToken) => {
    const page = await auditor.listBaselines({ namespace, pageSize: 1000, pageToken }, { repeatable: true });
    return { items: page.baselines, nextPageToken: page.nextPageToken };
  });
  const newest = all.toSorted((a, b) => ((a.acceptedAt ?? '') < (b.acceptedAt ?? '') ? 1 : -1))[0];
  return newest?.id ?? none('baseline', 'BASELINE_NOT_FOUND', namespace);
}

/** Any id as it is; `last` is the newest drift. @throws DRIFT_NOT_FOUND */
export async function driftId(auditor: Auditor, namespace: string, given: string): Promise<string> {
  if (given !== 'last') return given;
  const { drifts } = await auditor.listDrift({ namespace, pageSize: 1, pageToken: '' }, { repeatable: true });
  return drifts[0]?.id ?? none('drift', 'DRIFT_NOT_FOUND', namespace);
}

function none(what: string, code: string, namespace: string): never {
  throw new DomainError('not-found', code, `there is no ${what} in ${namespace} yet`);
}
