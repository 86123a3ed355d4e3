import { encodeBase64 } from '#evidence';
import type { auditor } from '#contracts';
import { commandKey } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { confirm } from '../output/confirm.js';
import { showList, showOne } from '../output/format.js';
import { listed } from '../output/pages.js';
import { facts, type Column } from '../output/table.js';
import { when } from '../output/units.js';
import type { Session } from '../session.js';
import { anotherPseudonym, pseudonym } from '../settings.js';
import { text, type Action } from '../verb.js';
import { personText } from '../view/person-text.js';
import { plain } from '../view/plain.js';

type Person = auditor.Person;

/** Of whoever types it, unless another pseudonym is named. */
export const name: Action = async (session, [given = ''], options) => {
  const { auditor } = await session.connection();
  const person = text(options, 'person') ?? pseudonym(session.env);
  return show(session, (await auditor.namePerson({ person, name: given }, commandKey())).person);
};

export const showPerson: Action = async (session, [given]) => {
  const { auditor } = await session.connection();
  const person = given ?? pseudonym(session.env);
  return show(session, (await auditor.getPerson({ person }, { repeatable: true })).person);
};

export const list: Action = async (session, _args, options) => {
  const { terminal, format, quiet } = session;
  const named = text(options, 'name');
  const filter = named === undefined ? {} : { name: named };
  const { auditor } = await session.connection();
  const rows = await listed(terminal, options, async (page) => {
    const answer = await auditor.listPeople({ ...filter, ...page }, { repeatable: true });
    return { rows: answer.people, nextPageToken: answer.nextPageToken };
  });
  const view = {
    columns,
    json: (row: Person) => plain(row),
    id: ({ id }: Person) => id,
    empty: 'nobody was named yet; `holdfast person name "YOUR NAME"` does',
  };
  await showList(terminal, format, rows, view, quiet);
  return exitStatus.success;
};

export const erase: Action = async (session, [given = ''], options) => {
  const { auditor } = await session.connection();
  const { person: meant } = await auditor.getPerson({ person: given }, { repeatable: true });
  const person = meant?.id ?? given;
  const who = personText(person, meant?.name, true);
  await confirm(
    session,
    options,
    `Destroy the name of ${who} and every text of theirs, for good and in every copy?`,
  );
  const asked = {
    ...{ person, authority: text(options, 'authority') ?? '', reason: text(options, 'reason') ?? '' },
  };
  await show(session, (await auditor.erasePerson(asked, commandKey())).person);
  if (person === pseudonym(session.env)) session.terminal.note(anotherPseudonym(session.env));
  return exitStatus.success;
};

async function show({ terminal, format, quiet }: Session, person: Person | undefined) {
  if (person === undefined) throw new Error('the server answered without a person');
  const { id, name: printed, erased, namedAt, erasedAt, authority, signingKey } = person;
  if (quiet) terminal.out(id);
  else
    await showOne(terminal, format, plain(person), () =>
      facts([
        ['person', id],
        ['name', erased ? 'erased' : (printed ?? 'none')],
        ...(signingKey === undefined ? [] : [['signs with', encodeBase64(signingKey)] as const]),
        ...(namedAt === undefined ? [] : [['named', when(namedAt)] as const]),
        ...(erasedAt === undefined ? [] : [['erased', when(erasedAt)] as const]),
        ...(authority === undefined ? [] : [['by order of', authority] as const]),
      ]),
    );
  return exitStatus.success;
}

const columns: readonly Column<Person>[] = [
  { title: 'person', value: ({ id }) => id },
  { title: 'name', value: ({ name: printed, erased }) => (erased ? 'erased' : (printed ?? '')) },
  { title: 'named', value: ({ namedAt }) => (namedAt === undefined ? '' : when(namedAt)) },
  { title: 'erased', value: ({ erasedAt }) => (erasedAt === undefined ? '' : when(erasedAt)) },
  { title: 'by order of', value: ({ authority }) => authority ?? '' },
];
