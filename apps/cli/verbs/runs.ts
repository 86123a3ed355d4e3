import { assertNoProblems, type Problem } from '#kernel';
import { scheduler } from '#contracts';
import { nearest } from '#domain/declaration';
import { exitStatus } from '../exit-status.js';
import { showList } from '../output/format.js';
import { listed } from '../output/pages.js';
import type { Session } from '../session.js';
import { flag, text, type Action, type Options } from '../verb.js';
import { plain } from '../view/plain.js';
import { runColumns } from '../view/run-columns.js';

type Run = scheduler.Run;
type Filter = Pick<scheduler.ListRunsRequest, 'statuses' | 'blueprint' | 'sweep' | 'reproducibilityKey'>;

const everyMs = 1000;

/** Runs, newest first or by a metric; with `-w` again whenever something has changed. */
export const runs: Action = async (session, filters, options) => {
  const request = { ...filterOf(filters), orderBy: text(options, 'sort') ?? '' };
  if (!flag(options, 'watch')) {
    await show(session, await read(session, options, request), request.orderBy, noneOf(filters));
    return exitStatus.success;
  }
  return watch(session, options, request);
};

type Asked = Filter & { readonly orderBy: string };

async function read(session: Session, options: Options, request: Asked): Promise<readonly Run[]> {
  const { scheduler } = await session.connection();
  return listed(session.terminal, options, async (page) => {
    const asked = { ...request, ...page, namespace: session.namespaceOfIds };
    const { runs, nextPageToken } = await scheduler.listRuns(asked, { repeatable: true });
    return { rows: runs, nextPageToken };
  });
}

async function show(
  { terminal, format, quiet }: Session,
  rows: readonly Run[],
  orderBy: string,
  empty = 'no runs',
) {
  const metric = /^-?metrics\.(.+)$/.exec(orderBy)?.[1];
  const view = {
    columns: runColumns(metric),
    json: (run: Run) => plain(run),
    id: ({ id }: Run) => id,
    empty,
  };
  await showList(terminal, format, rows, view, quiet);
}

/** On a terminal the table stays where it is; elsewhere only runs that have changed are printed. */
async function watch(session: Session, options: Options, request: Asked): Promise<never> {
  const { terminal, clock, signal, format } = session;
  const known = new Map<string, number>();
  const redraws = terminal.isScreen && (format === 'table' || format === 'wide');
  for (;;) {
    const rows = await read(session, options, request);
    const changed = rows.filter(({ id, revision }) => known.get(id) !== revision);
    rows.forEach(({ id, revision }) => known.set(id, revision));
    if (changed.length > 0) {
      if (redraws) terminal.out('\u001b[H\u001b[2J\u001b[3J');
      await show(session, redraws ? rows : changed, request.orderBy);
    }
    await clock.sleep(everyMs, signal);
  }
}

/** A status that is mistyped is taken for a name, which no run has. */
function noneOf(filters: readonly string[]): string {
  if (filters.length === 0) return 'no runs; `holdfast run` makes one';
  const near = filters.flatMap((filter) => nearest(filter, words) ?? []);
  const meant = filters.some((filter) => words.includes(filter)) ? [] : near;
  return `no runs that fit; ${meant.length > 0 ? `did you mean ${meant.join(' ')}?` : '`holdfast runs` shows all'}`;
}

const words = ['rejected', 'queued', 'claimed', 'running', 'cancelling', 'completed', 'failed', 'cancelled'];

/** `failed`, `sweep=ID`, `key=sha256:…`, `blueprint=NAME` or NAME alone; a run must fit all of them. */
export function filterOf(filters: readonly string[]): Filter {
  const statuses: scheduler.RunStatus[] = [];
  const others: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const filter of filters) {
    const [, name = '', value = ''] = /^(?:(\w+)=)?(.+)$/s.exec(filter) ?? [];
    const isStatus = name === 'status' || (name === '' && words.includes(value));
    const field = { '': 'blueprint', blueprint: 'blueprint', sweep: 'sweep', key: 'reproducibilityKey' }[
      name
    ];
    if (isStatus && words.includes(value))
      statuses.push(scheduler.RunStatus[`RUN_STATUS_${value.toUpperCase()}` as scheduler.RunStatus]);
    else if (isStatus) problems.push(unknown(value, words, 'there is no such status'));
    else if (field === undefined)
      problems.push(unknown(name, ['status', 'blueprint', 'sweep', 'key'], 'runs have no such filter'));
    else if (others[field] !== undefined)
      problems.push({
        code: 'FILTER_TWICE',
        field: 'filter',
        message: `${field} is named twice`,
        found: filter,
      });
    else others[field] = value;
  }
  assertNoProblems(problems, 'FILTER_INVALID');
  return { statuses, ...others };
}

function unknown(found: string, known: readonly string[], message: string): Problem {
  const near = nearest(found, known);
  const fix = near ? `did you mean ${near}?` : `there are ${known.join(', ')}`;
  return { code: 'FILTER_UNKNOWN', field: 'filter', message, found: found.slice(0, 120), fix };
}
