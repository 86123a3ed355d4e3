import { isDomainError } from '#kernel';
import type { scheduler } from '#contracts';
import { openProgress } from './output/progress.js';
import { shortId } from './output/units.js';
import type { Session } from './session.js';

type Run = scheduler.Run;

const ended: ReadonlySet<string> = new Set([
  'RUN_STATUS_REJECTED',
  'RUN_STATUS_COMPLETED',
  'RUN_STATUS_FAILED',
  'RUN_STATUS_CANCELLED',
]);

const giveUpAfterMs = 30_000;
const pauseMs = 500;
const waitingMs = 5_000;
const tickMs = 1_000;

/**
 * Watches a run to its end, with progress on stderr. A broken connection goes on where it broke, for half a minute.
 * @throws RUN_NOT_FOUND, and what the connection ended with when it did not come back
 */
export async function followRun(session: Session, id: string): Promise<Run> {
  const { terminal, clock, namespace, signal } = session;
  const connection = await session.connection();
  const progress = openProgress(terminal, clock, `run ${shortId(id)}`, 'steps');
  let run: Run | undefined;
  let heardAt = clock.monotonicMs();
  const tell = () => {
    if (run !== undefined) progress.update(completed(run), run.stepsTotal);
  };
  const stopWaiting = clock.after(waitingMs, () => {
    if (run?.status === 'RUN_STATUS_QUEUED')
      terminal.note(`run ${shortId(id)} waits for an executor; \`holdfast executors\` shows which there are`);
  });
  const stopTicking = every(session, tickMs, tell);
  try {
    for (;;) {
      try {
        const from = run === undefined ? {} : { fromRevision: run.revision };
        for await (const message of connection.scheduler.watchRun({ namespace, id, ...from })) {
          run = message.run ?? run;
          heardAt = clock.monotonicMs();
          tell();
          if (run !== undefined && ended.has(run.status)) return run;
        }
      } catch (error) {
        if (!isDomainError(error) || error.kind !== 'unavailable') throw error;
        if (clock.monotonicMs() - heardAt > giveUpAfterMs) throw error;
      }
      await clock.sleep(pauseMs, signal);
    }
  } finally {
    stopWaiting();
    stopTicking();
    progress.end();
  }
}

const completed = ({ steps }: Run): number => steps.filter(({ status }) => status === 'completed').length;

/** A line that shows the time left must move when nothing happens, too. */
function every({ clock }: Session, ms: number, action: () => void): () => void {
  let stop = () => {};
  const next = () => {
    stop = clock.after(ms, () => {
      action();
      next();
    });
  };
  next();
  return () => stop();
}
