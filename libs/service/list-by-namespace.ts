import { assertNoProblems } from '#kernel';
import type { Document } from '#read-store';
import { pageSize, type CallContext } from '#platform';
import type { Page, ServiceRuntime, View } from '#runtime';
import { nameProblems, namespaceOf } from './requests.js';

interface ListRequest {
  readonly namespace: string;
  readonly pageSize: number;
  readonly pageToken: string;
}

/** One page of a namespace's things, in the order of `field`. @throws INVALID_REQUEST, PAGE_TOKEN_STALE, NOT_CAUGHT_UP */
export async function listByNamespace<Doc extends Document>(
  runtime: ServiceRuntime,
  view: View<Doc>,
  field: 'name' | 'order',
  request: ListRequest,
  context: CallContext,
): Promise<Page<Doc>> {
  const namespace = namespaceOf(request.namespace);
  assertNoProblems(nameProblems('namespace', namespace), 'INVALID_REQUEST');
  const size = pageSize(request.pageSize);
  await runtime.reached(context);
  return view.page({
    where: [{ field: 'namespace', is: namespace }],
    sort: { field, direction: 'asc' },
    pageSize: size,
    pageToken: request.pageToken,
  });
}
