import { assertNoProblems, DomainError, isDomainError } from '#kernel';
import type { auditor as proto } from '#contracts';
import { pageSize, type CallContext } from '#platform';
import { inside, insideProblems, insideText, nameProblems } from '#service';
import type { Auditor } from '../auditor.js';
import { blueprintName } from '../blueprint-name.js';
import { findRun } from '../find-run.js';
import type { RunDocument } from '../runs.projection.js';
import { awaitCompared } from './await-compared.js';
import { toDrift } from './drift.mapper.js';

/** @throws INVALID_REQUEST, RUN_NOT_FOUND, AMBIGUOUS_ID, NOT_COMPARED, PAGE_TOKEN_STALE */
export async function listDrift(
  auditor: Auditor,
  request: proto.ListDriftRequest,
  context: CallContext,
): Promise<proto.ListDriftResponse> {
  const named = blueprintName(request.blueprint ?? '', request.namespace);
  const { blueprint } = named;
  // A run is an id, and needs no namespace.
  const byRun = request.runId !== undefined && blueprint === '';
  const namespace = byRun ? request.namespace : named.namespace;
  assertNoProblems(
    [...insideProblems(namespace), ...(blueprint === '' ? [] : nameProblems('blueprint', blueprint))],
    'INVALID_REQUEST',
  );
  const size = pageSize(request.pageSize);
  const { runtime, views } = auditor;
  await runtime.reached(context);
  await auditor.upToDate(context, ['runs', 'baselines']);
  const run = await runOf(auditor, namespace, request.runId);
  if (run !== undefined) await awaitCompared(auditor, run, context);
  else await newestCompared(auditor, namespace, blueprint, context);
  const page = await views.drifts.page({
    where: [
      ...inside(namespace),
      ...(blueprint === '' ? [] : [{ field: 'blueprint', is: blueprint }]),
      ...(run === undefined ? [] : [{ field: 'run', is: run.id }]),
    ],
    sort: { field: 'order', direction: 'desc' },
    pageSize: size,
    pageToken: request.pageToken,
  });
  return { drifts: page.items.map(toDrift), nextPageToken: page.nextPageToken };
}

async function runOf(
  { views }: Auditor,
  namespace: string,
  given: string | undefined,
): Promise<RunDocument | undefined> {
  if (given === undefined) return undefined;
  const run = await findRun(views.runs, namespace, given);
  if (run !== undefined) return run;
  const message = `there is no run ${given}${insideText(namespace)}; \`holdfast runs\` shows what there is`;
  throw new DomainError('not-found', 'RUN_NOT_FOUND', message);
}

const patienceMs = 2000;

/** A list of all drift need not fail because one comparison does not come. */
async function newestCompared(
  auditor: Auditor,
  namespace: string,
  blueprint: string,
  { signal, deadlineMs }: CallContext,
): Promise<void> {
  const [newest] = await auditor.views.runs.query({
    where: [
      { field: 'namespace', is: namespace },
      ...(blueprint === '' ? [] : [{ field: 'blueprint', is: blueprint }]),
      { field: 'status', is: 'completed' },
      { field: 'repeat', is: false },
    ],
    sort: { field: 'order', direction: 'desc' },
    limit: 1,
  });
  if (newest === undefined) return;
  const waiting = awaitCompared(auditor, newest, { signal, deadlineMs: Math.min(deadlineMs, patienceMs) });
  await waiting.catch((error: unknown) => {
    if (!isDomainError(error) || error.kind !== 'timeout') throw error;
  });
}
