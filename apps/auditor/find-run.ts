import type { View } from '#runtime';
import { inside, listed } from '#service';
import { findById } from './find-by-id.js';
import type { RunDocument } from './runs.projection.js';

/** A run of a namespace, or of any, by UUID, prefix or `last`, the newest. @throws AMBIGUOUS_ID */
export async function findRun(
  view: View<RunDocument>,
  namespace: string,
  given: string,
): Promise<RunDocument | undefined> {
  if (given !== 'last') return findById(view, given.replace(/^run-/, ''), inside(namespace));
  const sort = { field: 'order', direction: 'desc' } as const;
  return (await view.query({ where: listed(namespace), sort, limit: 1 }))[0];
}
