import type { scheduler } from '#contracts';
import type { Json } from '#kernel';
import { exitStatus, type ExitStatus } from '../exit-status.js';
import { showList } from '../output/format.js';
import { shortNumber } from '../output/numbers.js';
import type { Column } from '../output/table.js';
import { nounOf, shortId } from '../output/units.js';
import type { Session } from '../session.js';
import { bestOf, resultJson, type MemberResult, type SweepResults } from './results.js';

/** Columns beyond these are shown with `-o wide`. */
const metricsShown = 3;

/** The members as a table or as JSON; what stands out on stderr. */
export async function showResults(
  session: Session,
  sweep: scheduler.Sweep,
  results: SweepResults,
): Promise<ExitStatus> {
  const { terminal, format, quiet } = session;
  const knobs = [...new Set(results.members.flatMap((member) => Object.keys(member.knobs)))];
  const view = {
    columns: [...memberColumns(knobs), ...metricColumns(results)],
    json: (member: MemberResult): Json => resultJson(sweep.id, member),
    id: (member: MemberResult) => member.run ?? '',
    empty: 'no members',
  };
  const shown = quiet ? results.members.filter(({ run }) => run !== undefined) : results.members;
  await showList(terminal, format, shown, view, quiet);
  if (!quiet) terminal.note(summary(sweep, results));
  return sweep.failed + sweep.cancelled > 0 ? exitStatus.runFailed : exitStatus.success;
}

/** Members by their knobs alone, before they are runs. */
export const knobColumns = (knobs: readonly string[]): Column<Pick<MemberResult, 'index' | 'knobs'>>[] => [
  { title: '#', align: 'right', value: ({ index }) => index },
  ...knobs.map((name) => ({
    title: name,
    named: true as const,
    align: 'right' as const,
    value: ({ knobs: of }: Pick<MemberResult, 'knobs'>) => knobText(of[name]),
  })),
];

const memberColumns = (knobs: readonly string[]): Column<MemberResult>[] => [
  ...knobColumns(knobs),
  { title: 'run', value: ({ run }) => run && shortId(run) },
  { title: 'status', value: ({ status }) => status },
];

const metricColumns = ({ by, goal, metrics }: SweepResults): Column<MemberResult>[] =>
  metrics.map((name, at) => ({
    title: name === by && goal !== 'none' ? `${name} ${goal === 'maximize' ? '↑' : '↓'}` : name,
    named: true,
    align: 'right',
    wide: at >= metricsShown && name !== by,
    value: ({ metrics: of }) => (of[name] === undefined ? undefined : shortNumber(of[name])),
  }));

const knobText = (value: Json | undefined): string =>
  typeof value === 'number' ? shortNumber(value) : value === undefined ? '' : String(value);

function summary(
  { id, members, completed, failed, cancelled, submitted, status }: scheduler.Sweep,
  results: SweepResults,
) {
  const counts = [
    `${completed} completed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(cancelled > 0 ? [`${cancelled} cancelled`] : []),
    ...(submitted < members ? [`${members - submitted} not submitted`] : []),
  ];
  const head = `sweep ${shortId(id)} ${status}: ${nounOf(members, 'member')}, ${counts.join(', ')}`;
  const best = bestOf(results);
  if (best === undefined || results.by === undefined) return head;
  const knobs = Object.entries(best.knobs).map(([name, value]) => `${name}=${knobText(value)}`);
  const value = shortNumber(best.metrics[results.by] ?? NaN);
  return `${head}\nbest: ${knobs.join(' ')}  ${results.by} ${value}  holdfast show ${shortId(best.run ?? '')}`;
}
