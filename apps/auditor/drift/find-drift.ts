import { DomainError, isStreamId } from '#kernel';
import type { View } from '#runtime';
import { inside, insideText } from '#service';
import { findById } from '../find-by-id.js';
import { findingId, type DriftDocument } from './drift.projection.js';

/** By id or its beginning; a whole comparison is its first finding. @throws DRIFT_NOT_FOUND, AMBIGUOUS_ID */
export async function findDrift(
  view: View<DriftDocument>,
  namespace: string,
  given: string,
): Promise<DriftDocument> {
  const found = isStreamId(given)
    ? await view.get(findingId(given, 0))
    : await findById(view, given, inside(namespace));
  if (found !== undefined) return found;
  const message = `there is no drift ${given}${insideText(namespace)}; \`holdfast drift list\` shows what there is`;
  throw new DomainError('not-found', 'DRIFT_NOT_FOUND', message);
}
