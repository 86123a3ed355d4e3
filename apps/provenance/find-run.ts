import { assertNoProblems, DomainError, isDomainError, type Problem } from '#kernel';
import type { CallContext } from '#platform';
import { inside, insideProblems, insideText, listed } from '#service';
import type { Provenance } from './provenance.js';

export const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const prefixPattern = /^[0-9a-f][0-9a-f-]{3,34}$/;

/** What is wrong with an id as people write it. */
export const idProblems = (field: string, id: string): readonly Problem[] =>
  id === 'last' || uuidPattern.test(id) || prefixPattern.test(id)
    ? []
    : [
        {
          code: 'ID_INVALID',
          field,
          message: 'is a UUID, its first 4 or more characters, or `last`',
          found: id.slice(0, 120),
          fix: 'copy it from a list',
        },
      ];

/**
 * The run that is meant: of this server, as the scheduler knows them, or of an imported bundle; without a namespace in any.
 * @throws INVALID_REQUEST, RUN_NOT_FOUND, ID_AMBIGUOUS
 */
export async function findRun(
  provenance: Provenance,
  request: { readonly namespace: string; readonly field: string; readonly id: string },
  context: CallContext,
): Promise<string> {
  const { namespace, field, id } = request;
  assertNoProblems([...insideProblems(namespace), ...idProblems(field, id)], 'INVALID_REQUEST');
  if (uuidPattern.test(id)) return id;
  await provenance.runtime.reached({ ...context, projections: ['bundles'] });
  const here = await askScheduler(provenance, namespace, id, context);
  if (id === 'last') {
    if (here !== undefined) return here;
    const [newest] = await imported(provenance, namespace, '', 1);
    if (newest !== undefined) return newest;
    throw notFound(`there is no run${insideText(namespace)} yet`);
  }
  const found = new Set([...(await imported(provenance, namespace, id, 3)), ...(here ? [here] : [])]);
  const [run, other] = found;
  if (run !== undefined && other === undefined) return run;
  if (run === undefined)
    throw notFound(`there is no run ${id}…${insideText(namespace)}; \`holdfast runs\` lists them`);
  const message = `${id} is the beginning of several runs; write more of it`;
  throw new DomainError('invalid', 'ID_AMBIGUOUS', message, { facts: { runs: [...found] } });
}

async function imported({ views }: Provenance, namespace: string, prefix: string, limit: number) {
  const documents = await views.bundles.query({
    where: prefix === '' ? listed(namespace) : [...inside(namespace), { field: 'run', prefix }],
    sort: { field: 'sealedAt', direction: 'desc' },
    limit,
  });
  return documents.map(({ run }) => run);
}

/** The id of the scheduler's run, if it knows it. */
export async function askScheduler(
  { scheduler }: Provenance,
  namespace: string,
  id: string,
  { signal, correlationId, deadlineMs }: CallContext,
): Promise<string | undefined> {
  const client = (await scheduler.connection()).scheduler;
  try {
    const limit = Number.isFinite(deadlineMs) ? { deadlineMs, retryForMs: deadlineMs } : {};
    const { run } = await client.getRun(
      { namespace, id },
      { repeatable: true, signal, correlationId, ...limit },
    );
    return run?.id;
  } catch (error) {
    if (isDomainError(error) && error.kind === 'not-found') return undefined;
    throw error;
  }
}

const notFound = (message: string): DomainError => new DomainError('not-found', 'RUN_NOT_FOUND', message);
