import { DomainError } from '#kernel';
import type { Document } from '#read-store';
import type { Condition } from '#read-store';
import type { View } from '#runtime';

/** A whole UUID, or its first characters, at least four. */
export const idPattern = /^[0-9a-f]{4}[0-9a-f-]{0,32}$/;

const shownCandidates = 5;

/** @throws AMBIGUOUS_ID, which names the candidates */
export function theOnly(ids: readonly string[], given: string): string | undefined {
  const different = [...new Set(ids)];
  if (different.length < 2) return different[0];
  const shown = different.slice(0, shownCandidates).join(', ');
  const more = different.length > shownCandidates ? ', …' : '';
  const message = `${given} may be any of ${shown}${more}; write more of it`;
  throw new DomainError('invalid', 'AMBIGUOUS_ID', message, {
    facts: { candidates: different.slice(0, shownCandidates) },
  });
}

/** The one document whose id begins so. @throws AMBIGUOUS_ID */
export async function findById<Doc extends Document>(
  view: View<Doc>,
  given: string,
  where: readonly Condition[] = [],
): Promise<Doc | undefined> {
  const prefix = given.toLowerCase();
  if (!idPattern.test(prefix)) return undefined;
  const limit = shownCandidates + 1;
  const found = await view.query({ where: [{ field: 'id', prefix }, ...where], limit });
  const only = theOnly(
    found.map(({ id }) => id),
    given,
  );
  return found.find(({ id }) => id === only);
}
