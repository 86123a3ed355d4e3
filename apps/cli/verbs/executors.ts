import { DomainError } from '#kernel';
import type { scheduler } from '#contracts';
import { commandKey } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { showList, showOne } from '../output/format.js';
import { listed } from '../output/pages.js';
import type { Column } from '../output/table.js';
import { shortId, when } from '../output/units.js';
import { plain } from '../view/plain.js';
import type { Session } from '../session.js';
import { text, type Action, type Options } from '../verb.js';
import { findExecutor } from '../view/find-executor.js';

type Executor = scheduler.ExecutorInfo;

export const executors: Action = async (session, _args, options) => {
  const { terminal, format, quiet } = session;
  const pool = text(options, 'pool');
  const { scheduler } = await session.connection();
  const rows = await listed(terminal, options, async (page) => {
    const request = { ...page, ...(pool === undefined ? {} : { pool }) };
    const answer = await scheduler.listExecutors(request, { repeatable: true });
    return { rows: answer.executors, nextPageToken: answer.nextPageToken };
  });
  const empty = 'no executors; an embedded server has one of its own, others join by themselves';
  const view = { columns, json: (row: Executor) => plain(row), id: ({ id }: Executor) => id, empty };
  await showList(terminal, format, rows, view, quiet);
  return exitStatus.success;
};

/** Finishes what it has and takes no more. */
export const drain: Action = (session, [id = ''], options) => setMode(session, id, 'draining', options);

/** Takes nothing new; what it has goes on. */
export const cordon: Action = (session, [id = ''], options) => setMode(session, id, 'cordoned', options);

export const uncordon: Action = (session, [id = ''], options) => setMode(session, id, 'active', options);

/** How many runs it takes at once; what it has goes on. */
export const scale: Action = async (session, [given = '', slots = ''], options) => {
  const own = slots === 'own';
  if (!own && !/^[1-9]\d{0,3}$/.test(slots)) {
    const message = `SLOTS: is a whole number from 1 to 1000, or own; found ${slots.slice(0, 40)}`;
    throw new DomainError('invalid', 'SLOTS_INVALID', message);
  }
  const { scheduler } = await session.connection();
  const id = await findExecutor(scheduler, given);
  const request = {
    id,
    ...(own ? {} : { slots: Number(slots) }),
    reason: text(options, 'reason') ?? '',
  };
  const { executor } = await scheduler.scaleExecutor(request, commandKey());
  const told = ({ slots, busy }: Executor) => `executor ${id} takes ${slots} at once; it has ${busy}`;
  return showChanged(session, executor, told);
};

async function setMode(session: Session, given: string, mode: string, options: Options) {
  const { scheduler } = await session.connection();
  const id = await findExecutor(scheduler, given);
  const request = { id, mode, reason: text(options, 'reason') ?? '' };
  const { executor } = await scheduler.setExecutorMode(request, commandKey());
  return showChanged(session, executor, ({ busy, mode: now }) => {
    const has = busy === 0 ? 'it has no run' : `it still has ${busy}`;
    return `executor ${id} is ${now}; ${has}`;
  });
}

async function showChanged(
  { terminal, format, quiet }: Session,
  executor: Executor | undefined,
  told: (executor: Executor) => string,
) {
  if (executor === undefined) throw new Error('the server answered without an executor');
  if (quiet) terminal.out(executor.id);
  else await showOne(terminal, format, plain(executor), () => told(executor));
  return exitStatus.success;
}

const columns: readonly Column<Executor>[] = [
  { title: 'id', value: ({ id }) => shortId(id) },
  { title: 'pool', value: ({ pool }) => pool },
  { title: 'mode', value: ({ mode }) => mode },
  { title: 'busy', align: 'right', value: ({ busy, slots }) => `${busy} of ${slots}` },
  { title: 'isolation', value: ({ isolation }) => isolation.join(', ') },
  { title: 'architecture', value: ({ architecture }) => architecture },
  { title: 'release', value: ({ release }) => release },
  { title: 'joined', value: ({ joinedAt }) => when(joinedAt) },
  {
    title: 'labels',
    wide: true,
    value: ({ labels }) =>
      Object.entries(labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
  },
];
