import { DomainError } from '#kernel';
import type { scheduler } from '#contracts';
import { exitStatus, type ExitStatus } from '../exit-status.js';
import { showOne } from '../output/format.js';
import { findOutput, checkedBytes, writeOutput } from '../run/fetch-output.js';
import { followRun, hasEnded } from '../run/follow-run.js';
import { readRun } from '../run/read-run.js';
import { openRunProgress } from '../run/run-progress.js';
import { readVerdict } from '../run/read-verdict.js';
import type { Session } from '../session.js';
import { flag, text, type Action } from '../verb.js';
import { runText } from '../view/run-text.js';
import { verdictJson } from '../view/verdict.js';

/** A run in full; or one output of it, as bytes. */
export const show: Action = async (session, [id = ''], options) => {
  const { terminal, format, quiet } = session;
  let run = await readRun(session, id);
  const wanted = text(options, 'output');
  if (wanted !== undefined) return showOutput(session, run, wanted, text(options, 'into'));
  if (flag(options, 'watch') && !hasEnded(run)) run = await follow(session, run);
  if (quiet) terminal.out(run.id);
  else {
    const verdict = await readVerdict(session, run);
    await showOne(terminal, format, verdictJson(verdict), () =>
      runText(terminal, verdict, format === 'wide'),
    );
  }
  return exitStatus.success;
};

async function follow(session: Session, run: scheduler.Run): Promise<scheduler.Run> {
  const progress = openRunProgress(session);
  let last = run;
  try {
    for await (const now of followRun(session, run)) progress.update((last = now));
  } finally {
    progress.end();
  }
  return last;
}

async function showOutput(
  session: Session,
  run: scheduler.Run,
  wanted: string,
  into: string | undefined,
): Promise<ExitStatus> {
  const { terminal } = session;
  const { name, output } = findOutput(run, wanted);
  if (into !== undefined) {
    await writeOutput(session, output, into);
    terminal.note(`${name} is in ${into}`);
    return exitStatus.success;
  }
  if (output.kind === 'tree') {
    const message = `${name} is a folder: say where it goes with --into FOLDER`;
    throw new DomainError('invalid', 'OUTPUT_IS_TREE', message);
  }
  for await (const piece of checkedBytes(session, output.digest)) {
    terminal.write(piece);
    await terminal.drained();
  }
  return exitStatus.success;
}
