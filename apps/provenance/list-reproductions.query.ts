import { assertNoProblems, DomainError } from '#kernel';
import type { provenance as proto } from '#contracts';
import { pageSize, type CallContext } from '#platform';
import { withReason, withReasons } from '#runtime';
import { inside, insideProblems, insideText, namespaceOf } from '#service';
import { findRun, idProblems, uuidPattern } from './find-run.js';
import { putAside } from './put-aside.js';
import type { Provenance } from './provenance.js';
import { toReproduction } from './reproduction.mapper.js';
import type { ReproductionDocument } from './reproduction.projection.js';
import { runStream } from './run-history.js';

/** Newest first; those of a run wherever it is, else of one namespace. @throws INVALID_REQUEST, RUN_NOT_FOUND, PAGE_TOKEN_STALE */
export async function listReproductions(
  provenance: Provenance,
  request: proto.ListReproductionsRequest,
  context: CallContext,
): Promise<proto.ListReproductionsResponse> {
  const { runtime, views } = provenance;
  const { runId } = request;
  const namespace = runId === undefined ? namespaceOf(request.namespace) : request.namespace;
  assertNoProblems(
    [...insideProblems(namespace), ...(runId === undefined ? [] : idProblems('run_id', runId))],
    'INVALID_REQUEST',
  );
  const size = pageSize(request.pageSize);
  await runtime.reached({ ...context, projections: ['reproductions'] });
  const run =
    runId === undefined
      ? undefined
      : await findRun(provenance, { namespace, field: 'run_id', id: runId }, context);
  const page = await views.reproductions.page({
    where: [...inside(namespace), ...(run === undefined ? [] : [{ field: 'originalRun', is: run }])],
    sort: { field: 'startedAt', direction: 'desc' },
    pageSize: size,
    pageToken: request.pageToken,
  });
  const shown = await withReasons(runtime.people, page.items);
  return { reproductions: shown.map(toReproduction), nextPageToken: page.nextPageToken };
}

/** By id, its beginning, or `last`. @throws INVALID_REQUEST, REPRODUCTION_NOT_FOUND, ID_AMBIGUOUS */
export async function getReproduction(
  provenance: Provenance,
  request: proto.GetReproductionRequest,
  context: CallContext,
): Promise<proto.GetReproductionResponse> {
  const { namespace } = request;
  assertNoProblems([...insideProblems(namespace), ...idProblems('id', request.id)], 'INVALID_REQUEST');
  await provenance.runtime.reached({ ...context, projections: ['reproductions'] });
  const [document, other] = await candidates(provenance, namespace, request.id);
  if (document === undefined) {
    const message = `there is no reproduction ${request.id}${insideText(namespace)}`;
    throw new DomainError('not-found', 'REPRODUCTION_NOT_FOUND', message);
  }
  if (other !== undefined) {
    const message = `${request.id} is the beginning of several reproductions; write more of it`;
    throw new DomainError('invalid', 'ID_AMBIGUOUS', message);
  }
  return { reproduction: await withHindrance(provenance, document) };
}

async function candidates({ views }: Provenance, namespace: string, id: string) {
  if (uuidPattern.test(id)) {
    const document = await views.reproductions.get(id);
    return document ? [document] : [];
  }
  const sort = { field: 'startedAt', direction: 'desc' } as const;
  if (id === 'last') return views.reproductions.query({ where: inside(namespace), sort, limit: 1 });
  return views.reproductions.query({
    where: [...inside(namespace), { field: 'id', prefix: id }],
    sort,
    limit: 2,
  });
}

/** A reproduction that does not go on says why. */
async function withHindrance(
  provenance: Provenance,
  document: ReproductionDocument,
): Promise<proto.Reproduction> {
  const reproduction = toReproduction(await withReason(provenance.runtime.people, document));
  if (document.verdict !== null) return reproduction;
  const reasons = await Promise.all([
    putAside(provenance, 'submit-repeats', document.stream),
    putAside(provenance, 'conclude-reproductions', runStream(document.repeatedRun)),
  ]);
  const remarks = reasons.flatMap((reason) => (reason === undefined ? [] : [`put aside: ${reason}`]));
  return { ...reproduction, remarks: [...reproduction.remarks, ...remarks] };
}
