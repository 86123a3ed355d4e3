import type { auditor } from '#contracts';
import { commandKey } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { showList, showOne } from '../output/format.js';
import { listed } from '../output/pages.js';
import { facts, type Column } from '../output/table.js';
import { shortId, when } from '../output/units.js';
import type { Session } from '../session.js';
import { flag, text, type Action, type Options } from '../verb.js';
import { personText } from '../view/person-text.js';
import { plain } from '../view/plain.js';

type Hold = auditor.Hold;

export const place: Action = async (session, [subject = ''], options) => {
  const { auditor } = await session.connection();
  const namespace = session.namespaceFor(subject);
  const { hold, tooLateFor } = await auditor.placeHold(
    { subject, namespace, ...ordered(options) },
    commandKey(),
  );
  const status = await show(session, hold);
  if (hold?.subject.startsWith('person-') === true) {
    if (tooLateFor.length > 0) session.terminal.note('it came too late: this person was erased before');
  } else if (tooLateFor.length > 0)
    session.terminal.note(
      `it came too late for bytes of ${tooLateFor.map(shortName).join(', ')}; \`holdfast retention show\` tells which`,
    );
  return status;
};

const shortName = (name: string): string => (name.includes(' ') ? name : shortId(name));

export const release: Action = async (session, [hold = ''], options) => {
  const { auditor } = await session.connection();
  return show(session, (await auditor.releaseHold({ hold, ...ordered(options) }, commandKey())).hold);
};

export const list: Action = async (session, [subject = ''], options) => {
  const { terminal, format, quiet } = session;
  const filter = { subject, namespace: session.namespaceFor(subject), inForce: flag(options, 'inForce') };
  const { auditor } = await session.connection();
  const rows = await listed(terminal, options, async (page) => {
    const answer = await auditor.listHolds({ ...filter, ...page }, { repeatable: true });
    return { rows: answer.holds, nextPageToken: answer.nextPageToken };
  });
  const view = {
    columns,
    json: (row: Hold) => plain(row),
    id: ({ id }: Hold) => id,
    empty:
      subject === ''
        ? 'nothing is held; `holdfast hold place SUBJECT` records an order'
        : `no hold${filter.inForce ? ' in force' : ''} names that; \`holdfast retention show\` says what else keeps a run or a version of a dataset`,
  };
  await showList(terminal, format, rows, view, quiet);
  return exitStatus.success;
};

const ordered = (options: Options) => ({
  authority: text(options, 'authority') ?? '',
  reason: text(options, 'reason') ?? '',
});

async function show({ terminal, format, quiet }: Session, hold: Hold | undefined) {
  if (hold === undefined) throw new Error('the server answered without a hold');
  if (quiet) terminal.out(hold.id);
  else
    await showOne(terminal, format, plain(hold), () =>
      facts([
        ['hold', hold.id],
        ['of', hold.label === undefined ? hold.subject : `${hold.label} (${hold.subject})`],
        ['keeps', keptText(hold.subject)],
        ['authority', hold.authority],
        ['placed', `${when(hold.placedAt)} by ${personText(hold.placedBy, hold.placedByName, true)}`],
        ['reason', hold.reason],
        ...released(hold),
      ]),
    );
  return exitStatus.success;
}

/** What disposal leaves alone because of it. */
function keptText(subject: string): string {
  const kind = subject.slice(0, subject.indexOf('-'));
  return kept[kind] ?? 'what it names, which is never disposed of';
}

const kept: Readonly<Record<string, string>> = {
  run: 'every byte of the run and its bundle',
  bundle: 'every byte of the run and its bundle',
  sweep: 'every byte of its runs',
  blueprint: 'every byte of its runs, of any version',
  namespace: 'every byte of its runs and datasets',
  dataset: 'every version of it',
  reproduction: 'every byte of both runs',
  drift: 'every byte of its run',
  person: 'their name, and what they said, from erasure',
};

const released = ({ released: end }: Hold): [string, string][] =>
  end === undefined
    ? []
    : [
        ['released', `${when(end.at)} by ${personText(end.by, end.byName, true)}`],
        ['by order of', end.authority],
        ['because', end.reason],
      ];

const columns: readonly Column<Hold>[] = [
  { title: 'id', value: ({ id }) => shortId(id) },
  { title: 'placed', value: ({ placedAt }) => when(placedAt) },
  { title: 'of', value: ({ subject, label }) => label ?? subject },
  { title: 'authority', value: ({ authority }) => authority },
  { title: 'released', value: ({ released: end }) => (end ? when(end.at) : '') },
  { title: 'reason', value: ({ reason }) => reason },
  {
    title: 'by',
    wide: true,
    value: ({ placedBy, placedByName }) => personText(placedBy, placedByName, true),
  },
];
