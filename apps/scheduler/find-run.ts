import { DomainError } from '#kernel';
import type { View } from '#runtime';
import { insideText, listed } from '#service';
import { uuidPattern } from './run-request.js';
import type { RunDocument } from './run.projection.js';

/** Runs that begin like an id, looked through for those of a namespace. */
const mostAlike = 50;
const shortestPrefix = 4;

/**
 * A run by its UUID, an unambiguous beginning of it, or `last`: the newest one. A whole id is found in any namespace; without a
 * namespace so is everything.
 * @throws RUN_NOT_FOUND, RUN_ID_AMBIGUOUS, RUN_ID_INVALID
 */
export async function findRun(view: View<RunDocument>, namespace: string, id: string): Promise<RunDocument> {
  const found = await candidates(view, namespace, id);
  const [first] = found;
  if (first === undefined) {
    const message = `there is no run ${id.slice(0, 40)}${insideText(namespace)}; \`holdfast runs\` shows what there is`;
    throw new DomainError('not-found', 'RUN_NOT_FOUND', message);
  }
  if (found.length === 1) return first;
  const some = found.slice(0, 5).map((run) => run.id);
  const message = `${id} is the beginning of ${found.length} runs: ${some.join(', ')}; write more of it`;
  throw new DomainError('invalid', 'RUN_ID_AMBIGUOUS', message);
}

async function candidates(
  view: View<RunDocument>,
  namespace: string,
  id: string,
): Promise<readonly RunDocument[]> {
  if (id === 'last') {
    return view.query({ where: listed(namespace), sort: { field: 'order', direction: 'desc' }, limit: 1 });
  }
  if (uuidPattern.test(id)) {
    const run = await view.get(id);
    return run === undefined ? [] : [run];
  }
  if (id.length < shortestPrefix || !/^[0-9a-f-]{1,36}$/.test(id)) {
    const message = `a run is named by its UUID, ${shortestPrefix} or more characters of its beginning, or \`last\``;
    throw new DomainError('invalid', 'RUN_ID_INVALID', message);
  }
  const alike = await view.query({ limit: mostAlike, after: { value: null, id } });
  return alike.filter((run) => run.id.startsWith(id) && (namespace === '' || run.namespace === namespace));
}
