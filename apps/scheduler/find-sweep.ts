import { DomainError } from '#kernel';
import type { View } from '#runtime';
import { sweepNotFound } from './read-sweep.js';
import { uuidPattern } from './run-request.js';
import type { SweepDocument } from './sweep.projection.js';

const prefixPattern = /^[0-9a-f-]{4,35}$/;

/**
 * The sweep that is meant by its UUID, by an unambiguous prefix of it, or by `last`; without a namespace, of any.
 * @throws SWEEP_ID_INVALID, SWEEP_ID_AMBIGUOUS, SWEEP_NOT_FOUND
 */
export async function findSweep(
  view: View<SweepDocument>,
  asked: { readonly namespace: string; readonly id: string },
): Promise<string> {
  const { id, namespace } = asked;
  if (uuidPattern.test(id)) return id;
  const inside = namespace === '' ? [] : [{ field: 'namespace', is: namespace }];
  if (id === 'last') {
    const [newest] = await view.query({
      where: inside,
      sort: { field: 'order', direction: 'desc' },
      limit: 1,
    });
    if (newest === undefined) throw sweepNotFound();
    return newest.id;
  }
  if (!prefixPattern.test(id)) {
    const message = 'a sweep is its UUID, the first 4 or more characters of it, or `last`';
    throw new DomainError('invalid', 'SWEEP_ID_INVALID', message);
  }
  const [found, other] = await view.query({ where: [...inside, { field: 'id', prefix: id }], limit: 2 });
  if (found === undefined) throw sweepNotFound();
  if (other === undefined) return found.id;
  const message = `more than one sweep begins with ${id}; write more of it`;
  throw new DomainError('invalid', 'SWEEP_ID_AMBIGUOUS', message);
}
