import type { SealedText } from '#kernel';
import { sealText, shownText, type Subjects } from '#key-store';
import type { CommandContext } from './command-context.js';

/** Why, as events and read models have it. */
export type Reason = string | SealedText;

/** A document with its reason as it is shown. */
export type Shown<Doc extends { readonly reason: Reason }> = Doc & { readonly reason: string };

/**
 * What a person says is theirs: sealed under their key, to the same bytes however often the command comes. What a service says of its own
 * is nobody's, and what was sealed before stays so.
 * @throws SUBJECT_ERASED, SUBJECT_INVALID, KEY_STORE_UNAVAILABLE
 */
export async function sealedReason(
  people: Subjects,
  { commandId, actor, reason }: Pick<CommandContext, 'commandId' | 'actor' | 'reason'>,
): Promise<Reason | undefined> {
  if (typeof reason !== 'string' || reason === '' || actor.type !== 'person') return reason;
  return sealText(people, actor.id, `${commandId}/reason`, reason);
}

/** Opens what documents have sealed; `erased` where the key is gone, `unreadable` where another one is in its place. @throws KEY_STORE_UNAVAILABLE */
export const withReasons = <Doc extends { readonly reason: Reason }>(
  people: Subjects,
  documents: readonly Doc[],
): Promise<Shown<Doc>[]> => Promise.all(documents.map((document) => withReason(people, document)));

/** The same for one. */
export async function withReason<Doc extends { readonly reason: Reason }>(
  people: Subjects,
  document: Doc,
): Promise<Shown<Doc>> {
  return { ...document, reason: await shownText(people, document.reason) };
}
