import { assertNoProblems, DomainError, type Problem } from '#kernel';
import type { auditor as proto } from '#contracts';
import { personStream } from '#domain/person';
import type { CallContext } from '#platform';
import { positionToken } from '#runtime';
import { authorityProblems, commandContext, reasonProblems } from '#service';
import type { Auditor } from '../auditor.js';
import { actorId } from '../history/history.projection.js';
import { holdsOn } from '../holds/held-subject.js';
import { personProblems, toPerson } from './people.js';

/**
 * The event first, then the keys: whoever stops in between is finished by `forget-erased`. Asked for again, it is done again, so that a
 * restored directory can be brought to what the events say. Of a hold that is placed in the same moment, and of an erasure, the event that comes
 * first counts: the other is told of it.
 * @throws PERSON_INVALID with every problem; PERSON_UNKNOWN, PERSON_HELD
 */
export async function erasePerson(
  auditor: Auditor,
  { person, authority, reason }: proto.ErasePersonRequest,
  context: CallContext,
): Promise<proto.ErasePersonResponse> {
  const { persons, runtime } = auditor;
  const invalid = personProblems(person);
  const naming = invalid.length > 0 ? [] : await namingProblems(auditor, person, { authority, reason });
  assertNoProblems(
    [...invalid, ...authorityProblems(authority), ...reasonProblems(reason), ...naming],
    'PERSON_INVALID',
  );
  await assertKnown(auditor, person, context);
  await assertNotHeld(auditor, person, context);
  const command = { type: 'ErasePerson', authority, at: context.receivedAt } as const;
  const { position } = await persons.execute(personStream(person), command, commandContext(context, reason));
  await runtime.people.erase(person);
  const minPosition = positionToken(position);
  await runtime.reached({ ...context, minPosition, projections: ['people'] });
  return {
    person: await toPerson(auditor, person, await auditor.views.people.get(person)),
    position: minPosition,
  };
}

/** An order that is kept for ever, and a reason that is somebody else's, must not keep the name that they are about. */
async function namingProblems(
  { runtime }: Auditor,
  person: string,
  said: Readonly<Record<string, string>>,
): Promise<readonly Problem[]> {
  const { name = '' } = await runtime.people.find(person);
  const words = new Set(wordsOf(name).filter(({ length }) => length > 2));
  return Object.entries(said)
    .filter(([, text]) => wordsOf(text).some((word) => words.has(word)))
    .map(([field]) => ({
      ...{ code: 'NAMES_PERSON', field, message: 'has a part of the name that is to be forgotten' },
      fix: 'say it without: it stays when the name has gone',
    }));
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];

/** Whoever mistypes a pseudonym must not be told that somebody is forgotten. @throws PERSON_UNKNOWN */
async function assertKnown(auditor: Auditor, person: string, context: CallContext): Promise<void> {
  const { persons, runtime, views } = auditor;
  if ((await persons.load(personStream(person))).state.status !== 'absent') return;
  if ((await runtime.people.findKey(person)) !== undefined) return;
  await auditor.upToDate(context, ['history']);
  if ((await views.history.get(actorId(person))) !== undefined) return;
  const message = `nobody has done anything as ${person}, or was named by it; \`holdfast history\` and \`holdfast person list\` show who there is`;
  throw new DomainError('not-found', 'PERSON_UNKNOWN', message);
}

/** @throws PERSON_HELD unless they were erased already: then what a restored directory brought back goes again */
async function assertNotHeld(auditor: Auditor, person: string, context: CallContext): Promise<void> {
  const stream = personStream(person);
  const holds = await holdsOn(auditor, stream, context);
  if (holds.length === 0 || (await auditor.persons.load(stream)).state.status === 'erased') return;
  const message = `${person} is held by ${holds.join(', ')}; \`holdfast hold release\` ends a hold`;
  throw new DomainError('rule', 'PERSON_HELD', message, { facts: { holds } });
}
