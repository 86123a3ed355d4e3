import type { scheduler } from '#contracts';
import { openProgress } from '../output/progress.js';
import { shortId } from '../output/units.js';
import type { Session } from '../session.js';

type Sweep = scheduler.Sweep;

const firstPauseMs = 100;
const longestPauseMs = 1000;

/** Members whose run is over. */
export const endedMembers = ({ completed, failed, cancelled }: Sweep): number =>
  completed + failed + cancelled;

/** Nothing more will come of it: after a cancel that is when the members that were submitted are over. */
export const hasEnded = (sweep: Sweep): boolean =>
  sweep.status === 'completed' || (sweep.status === 'cancelled' && endedMembers(sweep) === sweep.submitted);

/** Asks how far a sweep is until it has ended, with progress; ctrl-c ends the following, not the sweep. */
export async function followSweep(session: Session, id: string): Promise<Sweep> {
  const { terminal, clock, signal, namespace } = session;
  const { scheduler } = await session.connection();
  const progress = openProgress(terminal, clock, `sweep ${shortId(id)}`, 'runs');
  try {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)) {
      const { sweep } = await scheduler.getSweep({ namespace, id, summary: true }, { repeatable: true });
      if (sweep === undefined) throw new Error('the server answered without a sweep');
      progress.update(endedMembers(sweep), sweep.members);
      if (hasEnded(sweep)) return sweep;
      await clock.sleep(pauseMs, signal);
    }
  } catch (error) {
    if (signal.aborted) {
      progress.end();
      terminal.note(howToGoOn(session, id));
    }
    throw error;
  } finally {
    progress.end();
  }
}

function howToGoOn({ ownsServer, dataDir }: Session, id: string): string {
  const watch = `holdfast sweeps ${shortId(id)} --watch`;
  return ownsServer
    ? `sweep ${shortId(id)} stops with this command's server and goes on with the next one of ${dataDir}: ${watch}`
    : `sweep ${shortId(id)} goes on: ${watch}, holdfast sweeps cancel ${shortId(id)} --reason R`;
}
