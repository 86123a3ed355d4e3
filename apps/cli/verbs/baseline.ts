import type { auditor } from '#contracts';
import { commandKey } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { showList, showOne } from '../output/format.js';
import { listed } from '../output/pages.js';
import { facts, table, type Column } from '../output/table.js';
import { nounOf, shortDigest, shortId, when } from '../output/units.js';
import { share, shortNumber } from '../output/numbers.js';
import { baselineId } from '../view/newest.js';
import { plain } from '../view/plain.js';
import { text, texts, type Action } from '../verb.js';

type Baseline = auditor.Baseline;

/** Accepts results as what later runs are held against; a reason goes with it. */
export const accept: Action = async (session, [blueprint = ''], options) => {
  const { terminal, format, quiet, namespace } = session;
  const referenceRun = text(options, 'reference');
  const { auditor } = await session.connection();
  const { baseline } = await auditor.acceptBaseline(
    {
      namespace,
      blueprint,
      channel: text(options, 'channel') ?? '',
      metric: text(options, 'metric') ?? '',
      runs: texts(options, 'runs').flatMap((runs) => runs.split(',')),
      reason: text(options, 'reason') ?? '',
      ...(referenceRun === undefined ? {} : { referenceRun }),
    },
    commandKey(),
  );
  if (baseline === undefined) throw new Error('the server answered without a baseline');
  if (quiet) terminal.out(baseline.id);
  else await showOne(terminal, format, plain(baseline), () => baselineText(baseline));
  return exitStatus.success;
};

export const list: Action = async (session, [blueprint], options) => {
  const { terminal, format, quiet, namespace } = session;
  const { auditor } = await session.connection();
  const rows = await listed(terminal, options, async (page) => {
    const request = { namespace, ...page, ...(blueprint === undefined ? {} : { blueprint }) };
    const { baselines, nextPageToken } = await auditor.listBaselines(request, { repeatable: true });
    return { rows: baselines, nextPageToken };
  });
  const empty = 'no baselines; `holdfast baseline accept BLUEPRINT --metric M --reason R` accepts the first';
  const view = { columns, json: (row: Baseline) => plain(row), id: ({ id }: Baseline) => id, empty };
  await showList(terminal, format, rows, view, quiet);
  return exitStatus.success;
};

export const show: Action = async (session, [given = '']) => {
  const { terminal, format, quiet } = session;
  const { auditor } = await session.connection();
  const id = await baselineId(auditor, session.namespace, given);
  const answer = await auditor.getBaseline({ namespace: session.namespaceFor(id), id }, { repeatable: true });
  const { baseline, history } = answer;
  if (baseline === undefined) throw new Error('the server answered without a baseline');
  if (quiet) terminal.out(baseline.id);
  else
    await showOne(terminal, format, plain(answer), () =>
      history.length === 0
        ? baselineText(baseline)
        : `${baselineText(baseline)}\n\naccepted\n${table(history, historyColumns, format === 'wide')}`,
    );
  return exitStatus.success;
};

export const retire: Action = async (session, [given = ''], options) => {
  const { terminal, quiet } = session;
  const { auditor } = await session.connection();
  const id = await baselineId(auditor, session.namespace, given);
  const request = { namespace: session.namespaceFor(id), id, reason: text(options, 'reason') ?? '' };
  await auditor.retireBaseline(request, commandKey());
  if (!quiet) terminal.note(`${id} is retired: no run is held against it any more; its history stays`);
  return exitStatus.success;
};

const limits = ({ method, lower, upper }: Baseline): string =>
  lower === undefined && upper === undefined
    ? method
    : `${method} ${lower === undefined ? '' : shortNumber(lower)} … ${upper === undefined ? '' : shortNumber(upper)}`;

const columns: readonly Column<Baseline>[] = [
  { title: 'id', value: ({ id }) => shortId(id) },
  { title: 'blueprint', value: ({ blueprint }) => blueprint },
  { title: 'metric', value: ({ metric }) => metric },
  { title: 'channel', value: ({ channel }) => channel },
  { title: 'version', align: 'right', value: ({ version }) => version },
  { title: 'n', align: 'right', value: ({ n }) => n },
  { title: 'mean', align: 'right', value: ({ mean }) => shortNumber(mean) },
  { title: 'held against', value: limits },
  { title: 'compared', align: 'right', value: ({ compared }) => compared },
  { title: 'drifted', align: 'right', value: ({ drifted }) => drifted },
  { title: 'state', value: ({ retired }) => (retired ? 'retired' : 'accepted') },
  { title: 'accepted', wide: true, value: ({ acceptedAt }) => when(acceptedAt) },
  { title: 'reason', wide: true, value: ({ reason }) => reason },
];

const historyColumns: readonly Column<Baseline>[] = [
  { title: 'version', align: 'right', value: ({ version }) => version },
  { title: 'when', value: ({ acceptedAt }) => when(acceptedAt) },
  { title: 'n', align: 'right', value: ({ n }) => n },
  { title: 'mean', align: 'right', value: ({ mean }) => shortNumber(mean) },
  { title: 'held against', value: limits },
  { title: 'reason', value: ({ reason }) => reason },
];

const baselineText = (baseline: Baseline): string =>
  facts([
    ['baseline', baseline.id],
    [
      'of',
      `${baseline.blueprint}:${baseline.metric}, channel ${baseline.channel}, version ${baseline.version}`,
    ],
    ['state', baseline.retired ? 'retired' : 'accepted'],
    ['mean', `${shortNumber(baseline.mean)} of ${nounOf(baseline.n, 'run')}`],
    ['sd', baseline.sd === undefined ? undefined : shortNumber(baseline.sd)],
    ['held against', limits(baseline)],
    ['false alarms', baseline.falseAlarmRate === undefined ? undefined : share(baseline.falseAlarmRate)],
    [
      'reference',
      `run ${shortId(baseline.referenceRun)}, manifest ${shortDigest(baseline.referenceManifest)}`,
    ],
    ['compared', `${nounOf(baseline.compared, 'run')}, ${baseline.drifted} of them drifted`],
    ['accepted', when(baseline.acceptedAt)],
    ['reason', baseline.reason],
  ]);
