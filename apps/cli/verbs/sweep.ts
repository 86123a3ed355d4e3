import { stat } from 'node:fs/promises';
import { DomainError, isDomainError, type JsonObject } from '#kernel';
import { commandKeyOf } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { declareTarget, targetOf } from '../experiment/index.js';
import { showList, showOne } from '../output/format.js';
import { wholeNumber } from '../output/pages.js';
import { nounOf, shortId } from '../output/units.js';
import type { Session } from '../session.js';
import { followSweep } from '../sweep/follow-sweep.js';
import { plannedMembers } from '../sweep/planned-members.js';
import { readResults } from '../sweep/results.js';
import { knobColumns, showResults } from '../sweep/show-results.js';
import { flag, text, type Action, type Options } from '../verb.js';
import { plain } from '../view/plain.js';
import { priorityOf } from './run.js';

/** From a declared space to a table of its members, best first. */
export const sweep: Action = async (session, args, options) => {
  const { terminal, format, quiet } = session;
  const { given, axes } = await splitArgs(args);
  const trials = wholeNumber(options, 'trials', 1, 0);
  const printOnly = flag(options, 'printTrials');
  const target = await targetOf(given);
  if (printOnly && 'file' in target)
    return printMembers(session, await plannedMembers(session, target.file, axes, trials));
  const detach = flag(options, 'detach');
  if (detach && !session.hasServer()) throw needsServer();
  const priority = priorityOf(options);
  const key = commandKeyOf(options);
  const reason = text(options, 'reason') ?? ['holdfast sweep', ...args].join(' ').slice(0, 400);
  const declared = await declareTarget(session, given, { reason, frozen: flag(options, 'frozen') });
  const { scheduler } = await session.connection();
  const request = {
    ...{ namespace: declared.namespace, blueprint: declared.ref, axes: [...axes], trials, reason },
    ...{ ...poolOf(options), priority, dryRun: printOnly },
  };
  const answer = await scheduler.submitSweep(request, key);
  if (answer.sweep === undefined) throw new Error('the server answered without a sweep');
  if (printOnly)
    return printMembers(
      session,
      answer.members.map(({ knobs }) => JSON.parse(knobs.toString()) as JsonObject),
    );
  const { id, members } = answer.sweep;
  if (detach) {
    const watch = `follow it: holdfast sweeps ${shortId(id)} --watch`;
    await showOne(terminal, quiet ? 'table' : format, plain(answer.sweep), () =>
      quiet ? id : `${id}  ${nounOf(members, 'member')}\n  ${watch}`,
    );
    return exitStatus.success;
  }
  terminal.note(`sweep ${shortId(id)} of ${nounOf(members, 'member')}`);
  await followSweep(session, id);
  const show = async (by?: string) => {
    const { sweep: done, results } = await readResults(session, id, by);
    return showResults(session, done, results);
  };
  try {
    return await show(text(options, 'by'));
  } catch (error) {
    // What may have taken hours is shown, however it was to be sorted.
    if (isDomainError(error) && error.code === 'METRIC_UNKNOWN') await show();
    throw error;
  }
};

/** `holdfast sweep lr=0.1,0.2` is of the experiment in this folder. */
async function splitArgs(args: readonly string[]) {
  const [first = '', ...others] = args;
  const isAxis = /^[^/\\]*=/.test(first) && !(await exists(first));
  return isAxis ? { given: undefined, axes: args } : { given: first, axes: others };
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function printMembers(session: Session, members: readonly JsonObject[]) {
  const { terminal, format, quiet } = session;
  const rows = members.map((knobs, index) => ({ index, knobs }));
  const view = {
    columns: knobColumns(Object.keys(members[0] ?? {})),
    json: (row: (typeof rows)[number]) => row,
    id: ({ index }: (typeof rows)[number]) => String(index),
    empty: 'no members',
  };
  await showList(terminal, format, rows, view, quiet);
  if (!quiet) terminal.note(`${nounOf(members.length, 'member')}; nothing was recorded`);
  return exitStatus.success;
}

const poolOf = (options: Options): { readonly pool?: string } => {
  const pool = text(options, 'pool');
  return pool === undefined ? {} : { pool };
};

const needsServer = (): DomainError =>
  new DomainError(
    'rule',
    'DETACH_NEEDS_SERVER',
    'nothing would be left to run it: this server ends with the command; keep one with `holdfast up`',
  );
