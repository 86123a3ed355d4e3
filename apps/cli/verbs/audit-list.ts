import type { auditor } from '#contracts';
import { exitStatus } from '../exit-status.js';
import { showList } from '../output/format.js';
import { listed } from '../output/pages.js';
import type { Column } from '../output/table.js';
import { shortId, when } from '../output/units.js';
import { flag, text, type Action } from '../verb.js';
import { plain } from '../view/plain.js';

export const auditList: Action = async (session, _args, options) => {
  const { terminal, format, quiet } = session;
  const filter = { kind: text(options, 'kind') ?? '', failed: flag(options, 'failed') };
  const { auditor } = await session.connection();
  const rows = await listed(terminal, options, async (page) => {
    const answer = await auditor.listAudits({ ...filter, ...page }, { repeatable: true });
    return { rows: answer.audits, nextPageToken: answer.nextPageToken };
  });
  const view = {
    columns,
    json: (row: auditor.Audit) => plain(row),
    id: ({ id }: auditor.Audit) => id,
    empty: 'nothing was verified yet; `holdfast audit verify` does it now',
  };
  await showList(terminal, format, rows, view, quiet);
  return exitStatus.success;
};

const columns: readonly Column<auditor.Audit>[] = [
  { title: 'id', value: ({ id }) => shortId(id) },
  { title: 'when', value: ({ concludedAt }) => when(concludedAt) },
  { title: 'kind', value: ({ kind }) => kind },
  { title: 'outcome', value: ({ outcome }) => outcome },
  { title: 'checked', align: 'right', value: ({ checked }) => checked },
  { title: 'findings', align: 'right', value: ({ findings }) => findings },
  { title: 'first', value: ({ first, reason }) => first[0]?.code ?? reason },
  { title: 'set time', wide: true, value: ({ scheduled }) => (scheduled ? 'yes' : 'no') },
  { title: 'root', wide: true, value: ({ root }) => root },
];
