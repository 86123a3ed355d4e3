import { DomainError } from '#kernel';
import type { auditor } from '#contracts';
import { exitStatus, type ExitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import { table, type Column } from '../output/table.js';
import { printable } from '../output/terminal.js';
import { when } from '../output/units.js';
import { plain } from '../view/plain.js';
import type { Session } from '../session.js';
import { text, type Options } from '../verb.js';
import { momentFrom, protoMoment } from './moments.js';

const refused = ['type', 'actor', 'from', 'to', 'after', 'limit', 'watch', 'data', 'state'];

/** What changed of a subject's state from `--as-of` to `--diff`, or from `--diff` to now; exit status 4 when something did. */
export async function compareMoments(
  session: Session,
  subject: string,
  options: Options,
): Promise<ExitStatus> {
  const wrong = refused.filter((name) => options[name] !== undefined);
  if (wrong.length > 0) {
    const message = `--diff compares states, of which every event is a part: leave out --${wrong.join(' and --')}`;
    throw new DomainError('invalid', 'STATE_NEEDS_ALL', message);
  }
  const { terminal, format, quiet } = session;
  const [asOf, diff] = [
    momentFrom('--as-of', text(options, 'asOf')),
    momentFrom('--diff', text(options, 'diff')),
  ];
  const [before, after] = asOf === undefined ? [diff, undefined] : [asOf, diff];
  const { auditor: client } = await session.connection();
  const answer = await client.compareMoments(
    {
      ...{ namespace: session.namespaceFor(subject), subject },
      ...{ before: protoMoment(before), after: protoMoment(after) },
    },
    { repeatable: true },
  );
  const differs = answer.streams.some(({ differences }) => differences.length > 0);
  if (quiet)
    answer.streams
      .filter(({ differences }) => differences.length > 0)
      .forEach(({ stream }) => terminal.out(stream));
  else {
    await showOne(terminal, format, plain(answer), () => asText(answer));
    terminal.note(`from index ${answer.beforeIndex} to index ${answer.afterIndex}`);
  }
  return differs ? exitStatus.difference : exitStatus.success;
}

const longest = 60;
const short = (json: string | undefined): string =>
  json === undefined ? '–' : json.length > longest ? `${json.slice(0, longest - 1)}…` : json;

const columns: readonly Column<auditor.StateDifference>[] = [
  { title: 'where', value: ({ path }) => (path === '' ? '(all of it)' : path) },
  { title: 'before', value: ({ before }) => short(before) },
  { title: 'after', value: ({ after }) => short(after) },
];

function asText({ streams }: auditor.CompareMomentsResponse): string {
  if (streams.length === 0) return 'nothing had happened to it by then';
  return streams
    .map(({ stream, before, after, differences, moreDifferences }) => {
      const at = (state: auditor.StreamState | undefined) =>
        state === undefined ? 'not begun' : `${state.type} @${state.revision}, ${when(state.recordedAt)}`;
      const more = moreDifferences ? ['and more'] : [];
      const shown = differences.length === 0 ? ['the same state'] : [table(differences, columns), ...more];
      return [`${stream}: ${printable(at(before))} → ${printable(at(after))}`, ...shown].join('\n');
    })
    .join('\n\n');
}
