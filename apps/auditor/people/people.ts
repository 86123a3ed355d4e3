import { assertNoProblems, type Problem } from '#kernel';
import type { auditor as proto } from '#contracts';
import { personStream } from '#domain/person';
import { signatureStream } from '#domain/signature';
import { assertName, isPseudonym } from '#key-store';
import { anonymous, pageSize, type CallContext } from '#platform';
import { positionToken } from '#runtime';
import { commandContext, problemsOf } from '#service';
import type { Auditor } from '../auditor.js';
import { actorOf } from './actor.js';
import type { PersonDocument } from './person.projection.js';

/** Recorded first: a name is never without the event that says when it was given. @throws PERSON_INVALID with every problem; PERSON_ERASED */
export async function namePerson(
  auditor: Auditor,
  { person: asked, name }: proto.NamePersonRequest,
  context: CallContext,
): Promise<proto.NamePersonResponse> {
  const person = asked || context.actor.id;
  const { problems } = problemsOf(() => assertName(name));
  assertNoProblems(
    [...personProblems(person), ...atField('name', problems), ...misleading(name)],
    'PERSON_INVALID',
  );
  const { persons, runtime } = auditor;
  const command = { type: 'NamePerson', at: context.receivedAt } as const;
  const { position } = await persons.execute(personStream(person), command, commandContext(context, ''));
  await runtime.people.setName(person, name);
  return { person: await toPerson(auditor, person), position: positionToken(position) };
}

/** Of whoever is meant, whether they were ever named or not. @throws ACTOR_NOT_FOUND, AMBIGUOUS_ID; PERSON_INVALID */
export async function getPerson(
  auditor: Auditor,
  { person: asked }: proto.GetPersonRequest,
  context: CallContext,
): Promise<proto.GetPersonResponse> {
  const person = asked === '' ? context.actor.id : await actorOf(auditor, asked, context);
  assertNoProblems(personProblems(person), 'PERSON_INVALID');
  await auditor.upToDate(context, ['people']);
  return { person: await toPerson(auditor, person, await auditor.views.people.get(person)) };
}

/** @throws PAGE_TOKEN_STALE */
export async function listPeople(
  auditor: Auditor,
  { name, pageSize: size, pageToken }: proto.ListPeopleRequest,
  context: CallContext,
): Promise<proto.ListPeopleResponse> {
  await auditor.upToDate(context, ['people']);
  if (name !== undefined) {
    const documents = await auditor.views.people.getMany(await auditor.runtime.people.named(name));
    const people = await Promise.all(documents.map((found) => toPerson(auditor, found.id, found)));
    return { people, nextPageToken: '' };
  }
  const { items, nextPageToken } = await auditor.views.people.page({
    sort: { field: 'order', direction: 'desc' },
    ...{ pageSize: pageSize(size), pageToken },
  });
  const people = await Promise.all(items.map((item) => toPerson(auditor, item.id, item)));
  return { people, nextPageToken };
}

/** With what only the directory knows, and the key that they sign with. */
export async function toPerson(
  { runtime, signatures }: Auditor,
  id: string,
  { namedAt, erasedAt, authority }: Partial<PersonDocument> = {},
): Promise<proto.Person> {
  const [{ name, erased }, { state }] = await Promise.all([
    runtime.people.find(id),
    signatures.load(signatureStream(id)),
  ]);
  const signingKey = state.key === undefined ? undefined : Buffer.from(state.key, 'base64');
  return { id, name, erased, namedAt, erasedAt, authority, signingKey };
}

export function personProblems(person: string): readonly Problem[] {
  const problem = (message: string, fix: string): readonly Problem[] => [
    { code: 'PERSON_INVALID', field: 'person', message, found: person.slice(0, 120), fix },
  ];
  if (!isPseudonym(person))
    return problem('is a pseudonym, a UUID in lower case', '`holdfast history` shows who did what');
  if (person === anonymous.id)
    return problem('stands for whoever did not say who they are', 'say who calls: `holdfast` does');
  return [];
}

/** A name that lists show of nobody, or that turns round what stands beside it. */
function misleading(name: string): readonly Problem[] {
  if (!/^(erased|unreadable|none)$|\p{Bidi_Control}/iu.test(name)) return [];
  const message = 'is what is shown of somebody without a name, or has characters that turn text round';
  return [{ code: 'NAME_MISLEADING', field: 'name', message, fix: 'write it as it is printed elsewhere' }];
}

const atField = (field: string, problems: readonly Problem[]): readonly Problem[] =>
  problems.map((problem) => ({ ...problem, field }));
