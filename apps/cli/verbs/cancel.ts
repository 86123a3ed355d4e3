import type { scheduler } from '#contracts';
import { commandKey } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import { runNamed } from '../run/run-named.js';
import { text, type Action } from '../verb.js';
import { plain, word } from '../view/plain.js';

/** Asks for the end of a run; a run that runs ends when its executor has ended its steps. */
export const cancel: Action = async (session, [id = ''], options) => {
  const { terminal, format, quiet } = session;
  const named = await runNamed(session, id);
  const { scheduler } = await session.connection();
  const answer = await scheduler.cancelRun(
    { ...only(named), reason: text(options, 'reason') ?? '' },
    commandKey(),
  );
  const run = answer.run as scheduler.Run;
  await showOne(terminal, quiet ? 'table' : format, plain(run), () =>
    quiet ? run.id : `run ${run.id} is ${word(run.status)}`,
  );
  return exitStatus.success;
};

const only = ({ namespace, id }: { readonly namespace: string; readonly id: string }) => ({ namespace, id });
