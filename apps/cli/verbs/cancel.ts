import type { scheduler } from '#contracts';
import { commandKey } from '../command-key.js';
import { exitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import { text, type Action } from '../verb.js';
import { plain, word } from '../view/plain.js';

/** Asks for the end of a run; a run that runs ends when its executor has ended its steps. */
export const cancel: Action = async (session, [id = ''], options) => {
  const { terminal, format, quiet } = session;
  const { scheduler } = await session.connection();
  const answer = await scheduler.cancelRun(
    { namespace: session.namespaceOfIds, id, reason: text(options, 'reason') ?? '' },
    commandKey(),
  );
  const run = answer.run as scheduler.Run;
  await showOne(terminal, quiet ? 'table' : format, plain(run), () =>
    quiet ? run.id : `run ${run.id} is ${word(run.status)}`,
  );
  return exitStatus.success;
};
