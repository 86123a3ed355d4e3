import type { scheduler } from '#contracts';
import type { Axis, Space } from '#domain/sweep';
import { commandKey } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { showList, showOne } from '../output/format.js';
import { listed } from '../output/pages.js';
import type { Column } from '../output/table.js';
import { nounOf, shortId, when } from '../output/units.js';
import { followSweep } from '../sweep/follow-sweep.js';
import { endedMembers } from '../sweep/sweep-progress.js';
import { readResults } from '../sweep/results.js';
import { showResults } from '../sweep/show-results.js';
import { flag, text, type Action } from '../verb.js';
import { plain } from '../view/plain.js';

type Sweep = scheduler.Sweep;

/** All sweeps, or one with its members. */
export const show: Action = async (session, [id], options) => {
  if (id === undefined) return list(session, [], options);
  if (flag(options, 'watch')) await followSweep(session, id);
  const { sweep, results } = await readResults(session, id, text(options, 'by'));
  return showResults(session, sweep, results);
};

const list: Action = async (session, _args, options) => {
  const { terminal, format, quiet, namespace } = session;
  const { scheduler } = await session.connection();
  const rows = await listed(terminal, options, async (page) => {
    const answer = await scheduler.listSweeps({ ...page, namespace }, { repeatable: true });
    return { rows: answer.sweeps, nextPageToken: answer.nextPageToken };
  });
  const empty = 'no sweeps; `holdfast sweep holdfast.yaml KNOB=VALUES` makes one';
  const view = { columns, json: (row: Sweep) => plain(row), id: ({ id }: Sweep) => id, empty };
  await showList(terminal, format, rows, view, quiet);
  return exitStatus.success;
};

export const cancel: Action = async (session, [id = ''], options) => {
  const { terminal, format, quiet, namespace } = session;
  const { scheduler } = await session.connection();
  const request = { namespace, id, reason: text(options, 'reason') ?? '' };
  const { sweep } = await scheduler.cancelSweep(request, commandKey());
  if (sweep === undefined) throw new Error('the server answered without a sweep');
  await showOne(terminal, quiet ? 'table' : format, plain(sweep), () =>
    quiet
      ? sweep.id
      : `sweep ${sweep.id} is ${sweep.status}; ${nounOf(endedMembers(sweep), 'member')} had ended`,
  );
  return exitStatus.success;
};

const columns: readonly Column<Sweep>[] = [
  { title: 'id', value: ({ id }) => shortId(id) },
  { title: 'status', value: ({ status }) => status },
  { title: 'blueprint', value: ({ blueprint }) => blueprint },
  { title: 'done', align: 'right', value: (sweep) => `${endedMembers(sweep)} of ${sweep.members}` },
  { title: 'failed', align: 'right', value: ({ failed }) => failed },
  { title: 'space', value: ({ space }) => spaceText(space) },
  { title: 'submitted', value: ({ submittedAt }) => when(submittedAt) },
  { title: 'reason', wide: true, value: ({ reason }) => reason },
];

/** `depth×7 lr×2 trees~sobol 20`: how many values each knob has, and what is drawn. */
function spaceText(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'a long one';
  const { axes, trials } = JSON.parse(Buffer.from(bytes).toString()) as Space;
  const drawn = trials > 0 ? [`${trials} draws`] : [];
  return [...axes.map(axisText), ...drawn].join(' ');
}

function axisText(axis: Axis): string {
  switch (axis.kind) {
    case 'list':
      return `${axis.knob}×${axis.values.length}`;
    case 'range':
      return `${axis.knob}=range(${axis.from},${axis.to},${axis.step})`;
    case 'random':
    case 'sobol':
      return `${axis.knob}=${axis.kind}(${axis.from},${axis.to}${axis.scale === 'log' ? ',log' : ''})`;
  }
}
