import { DomainError } from '#kernel';
import type { scheduler } from '#contracts';
import { commandKey } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { showList, showOne } from '../output/format.js';
import type { Column } from '../output/table.js';
import { nounOf } from '../output/units.js';
import { plain } from '../view/plain.js';
import { text, type Action } from '../verb.js';

type DeadLetters = scheduler.DeadLetters;

/** Messages that no handler could take, by topic. */
export const list: Action = async (session) => {
  const { terminal, format, quiet } = session;
  const { scheduler } = await session.connection();
  const { deadLetters } = await scheduler.listDeadLetters({}, { repeatable: true });
  const empty = 'no dead letters: every message found somebody who could take it';
  const view = {
    columns,
    json: (row: DeadLetters) => plain(row),
    id: ({ topic }: DeadLetters) => topic,
    empty,
  };
  await showList(terminal, format, deadLetters, view, quiet);
  return exitStatus.success;
};

/** Puts them back to their topic, for whoever reads it now. */
export const replay: Action = async (session, [topic = ''], options) => {
  const { terminal, format, quiet } = session;
  const given = text(options, 'limit');
  if (given !== undefined && !/^[1-9]\d{0,8}$/.test(given)) {
    const message = `--limit: is a whole number of 1 or more; found ${given.slice(0, 40)}`;
    throw new DomainError('invalid', 'LIMIT_INVALID', message);
  }
  const { scheduler } = await session.connection();
  const request = {
    topic,
    ...(given === undefined ? {} : { limit: Number(given) }),
    reason: text(options, 'reason') ?? '',
  };
  const { replayed } = await scheduler.replayDeadLetters(request, commandKey());
  const told = () => `${nounOf(replayed, 'message')} put back to ${topic}`;
  if (quiet) terminal.out(String(replayed));
  else await showOne(terminal, format, plain({ topic, replayed }), told);
  return exitStatus.success;
};

const columns: readonly Column<DeadLetters>[] = [
  { title: 'topic', value: ({ topic }) => topic },
  { title: 'messages', align: 'right', value: ({ messages }) => messages },
  { title: 'newest because', value: ({ newestReason }) => newestReason },
];
