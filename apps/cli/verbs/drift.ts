import type { auditor } from '#contracts';
import { exitStatus } from '../exit-status.js';
import { showList, showOne } from '../output/format.js';
import { share, shortNumber } from '../output/numbers.js';
import { listed } from '../output/pages.js';
import { facts, table, type Column } from '../output/table.js';
import { shortId, when } from '../output/units.js';
import { briefly } from '../view/differences.js';
import { driftId } from '../view/newest.js';
import { plain } from '../view/plain.js';
import { text, type Action } from '../verb.js';

type Drift = auditor.Drift;

/** Exit status 4 when there is any. */
export const list: Action = async (session, _args, options) => {
  const { terminal, format, quiet } = session;
  const [runId, blueprint] = [text(options, 'run'), text(options, 'blueprint')];
  const byRun = runId !== undefined && blueprint === undefined;
  const namespace = byRun ? session.namespaceOfIds : session.namespace;
  const { auditor } = await session.connection();
  const rows = await listed(terminal, options, async (page) => {
    const filter = {
      ...(runId === undefined ? {} : { runId }),
      ...(blueprint === undefined ? {} : { blueprint }),
    };
    const answer = await auditor.listDrift({ namespace, ...page, ...filter }, { repeatable: true });
    return { rows: answer.drifts, nextPageToken: answer.nextPageToken };
  });
  const view = {
    columns,
    json: (row: Drift) => plain(row),
    id: ({ id }: Drift) => id,
    empty: 'no drift found',
  };
  await showList(terminal, format, rows, view, quiet);
  return rows.length === 0 ? exitStatus.success : exitStatus.difference;
};

/** Exit status 4: what it shows is a drift. */
export const show: Action = async (session, [given = '']) => {
  const { terminal, format, quiet } = session;
  const { auditor } = await session.connection();
  const id = await driftId(auditor, session.namespace, given);
  const { drift } = await auditor.getDrift({ namespace: session.namespaceOfIds, id }, { repeatable: true });
  if (drift === undefined) throw new Error('the server answered without a drift');
  if (quiet) terminal.out(drift.id);
  else await showOne(terminal, format, plain(drift), () => driftText(drift, format === 'wide'));
  return exitStatus.difference;
};

const columns: readonly Column<Drift>[] = [
  { title: 'id', value: ({ id }) => shortId(id) },
  { title: 'when', value: ({ detectedAt }) => when(detectedAt) },
  { title: 'kind', value: ({ kind }) => kind },
  { title: 'subject', value: ({ subject }) => subject },
  { title: 'run', value: ({ runId }) => shortId(runId) },
  { title: 'detail', value: ({ detail }) => detail },
  { title: 'likeliest cause', value: ({ suspects }) => suspects[0]?.what },
  { title: 'test', wide: true, value: ({ test }) => test },
  { title: 'statistic', wide: true, align: 'right', value: ({ statistic }) => shortNumber(statistic) },
  { title: 'threshold', wide: true, align: 'right', value: ({ threshold }) => shortNumber(threshold) },
  { title: 'n', wide: true, align: 'right', value: ({ n }) => n },
];

function driftText(drift: Drift, wide: boolean): string {
  const about = facts([
    ['drift', drift.id],
    ['what', `${drift.kind} ${drift.subject}: ${drift.detail}`],
    ['run', drift.runId],
    ['baseline', drift.baselineId],
    ['test', drift.test],
    ['statistic', `${shortNumber(drift.statistic)}, threshold ${shortNumber(drift.threshold)}, n ${drift.n}`],
    ['false alarms', drift.falseAlarmRate === undefined ? 'none' : share(drift.falseAlarmRate)],
    ['detected', when(drift.detectedAt)],
  ]);
  if (drift.suspects.length === 0) return `${about}\n\nno suspect: the manifest is that of the reference`;
  return `${about}\n\nsuspects, the likeliest first\n${table(drift.suspects, suspectColumns(wide), wide)}`;
}

const suspectColumns = (wide: boolean): readonly Column<auditor.Suspect>[] => [
  { title: 'what', value: ({ what }) => what },
  { title: 'area', value: ({ area }) => area },
  { title: 'before', value: ({ before }) => (wide ? before : briefly(before)) },
  { title: 'after', value: ({ after }) => (wide ? after : briefly(after)) },
  { title: 'detail', value: ({ detail }) => detail },
];
