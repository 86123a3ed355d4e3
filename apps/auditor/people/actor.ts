import { DomainError } from '#kernel';
import { isPseudonym } from '#key-store';
import type { CallContext } from '#platform';
import type { Auditor } from '../auditor.js';
import { idPattern, theOnly } from '../find-by-id.js';
import { actorId, actorOfId } from '../history/history.projection.js';

/**
 * Whom a question means: an id, at least four characters of one that stands in an event or in the directory, or a person's whole printed name.
 * What is recorded of the question is the id, so that no name ever gets into an event.
 * @throws ACTOR_NOT_FOUND, AMBIGUOUS_ID
 */
export async function actorOf(auditor: Auditor, given: string, context: CallContext): Promise<string> {
  if (isPseudonym(given)) return given;
  const begin = given.toLowerCase();
  const ids = idPattern.test(begin) ? await idsBegin(auditor, begin, context) : [];
  const only = theOnly(ids.length > 0 ? ids : await auditor.runtime.people.named(given), given);
  if (only !== undefined) return only;
  const message =
    'no event and nobody in the directory has an id that begins so, in four characters or more, or exactly that name; `holdfast history` and `holdfast person list` show them';
  throw new DomainError('not-found', 'ACTOR_NOT_FOUND', message);
}

/** The same question with the id of whom it means. @throws ACTOR_NOT_FOUND, AMBIGUOUS_ID */
export async function withActor<Question extends { readonly actor?: string | undefined }>(
  auditor: Auditor,
  question: Question,
  context: CallContext,
): Promise<Question> {
  if (question.actor === undefined) return question;
  return { ...question, actor: await actorOf(auditor, question.actor, context) };
}

/** Of all that begin so, two different ones where there are. */
async function idsBegin(auditor: Auditor, prefix: string, context: CallContext): Promise<string[]> {
  await auditor.upToDate(context, ['history', 'people']);
  const { history, people } = auditor.views;
  const [acted, named] = await Promise.all([
    history.query({ where: [{ field: 'id', prefix: actorId(prefix) }], limit: 2 }),
    people.query({ where: [{ field: 'id', prefix }], limit: 2 }),
  ]);
  return [...acted.map(({ id }) => actorOfId(id)), ...named.map(({ id }) => id)];
}
