import { DomainError } from '#kernel';
import { isStreamId, streamUuid } from '#kernel';
import type { View } from '#runtime';
import { inside, insideText, namespaceOf } from '#service';
import { findById, theOnly } from '../find-by-id.js';
import type { BaselineDocument } from './baseline.projection.js';

/**
 * By id, its beginning, or BLUEPRINT:METRIC, with :CHANNEL where there are several.
 * @throws BASELINE_NOT_FOUND, AMBIGUOUS_ID
 */
export async function findBaseline(
  view: View<BaselineDocument>,
  namespace: string,
  given: string,
): Promise<BaselineDocument> {
  const found = given.includes(':')
    ? await byName(view, namespace, given)
    : await findById(view, isStreamId(given) ? streamUuid(given) : given, inside(namespace));
  if (found !== undefined) return found;
  const message = `there is no baseline ${given}${insideText(namespace)}; \`holdfast baseline list\` shows what there is`;
  throw new DomainError('not-found', 'BASELINE_NOT_FOUND', message);
}

async function byName(view: View<BaselineDocument>, namespace: string, given: string) {
  const [, other, blueprint = '', metric = '', channel] =
    /^(?:([^/:]+)\/)?([^:]+):([^:]+)(?::([^:]+))?$/.exec(given) ?? [];
  const found = await view.query({
    where: [
      { field: 'namespace', is: other ?? namespaceOf(namespace) },
      { field: 'blueprint', is: blueprint },
      { field: 'metric', is: metric },
      ...(channel === undefined ? [] : [{ field: 'channel', is: channel }]),
    ],
    limit: 10,
  });
  const dev = found.filter((baseline) => baseline.channel === 'dev');
  const fitting = dev.length > 0 ? dev : found;
  const only = theOnly(
    fitting.map(({ id }) => id),
    given,
  );
  return found.find(({ id }) => id === only);
}
