import { scheduler } from '#contracts';
import type { Connection } from '#rpc';
import { shortId } from '../output/units.js';
import type { Session } from '../session.js';
import { endedMembers, openSweepProgress } from './sweep-progress.js';

type Sweep = scheduler.Sweep;

const shortestPauseMs = 50;
const longestPauseMs = 1000;
/** Of the time gone: so much later at most is its end seen. */
const pauseShare = 0.05;
/** As many as are shown; more slots than these are rare. */
const mostRunning = 200;
const underWay = [scheduler.RunStatus.RUN_STATUS_CLAIMED, scheduler.RunStatus.RUN_STATUS_RUNNING];

/** Nothing more will come of it: after a cancel that is when the members that were submitted are over. */
export const hasEnded = (sweep: Sweep): boolean =>
  sweep.status === 'completed' || (sweep.status === 'cancelled' && endedMembers(sweep) === sweep.submitted);

/** Asks how far a sweep is until it has ended, with progress; ctrl-c ends the following, not the sweep. */
export async function followSweep(session: Session, id: string): Promise<Sweep> {
  const { terminal, clock, signal, namespace } = session;
  const { scheduler: client } = await session.connection();
  const progress = openSweepProgress(session);
  const startedAt = clock.monotonicMs();
  try {
    for (;;) {
      const { sweep } = await client.getSweep({ namespace, id, summary: true }, { repeatable: true });
      if (sweep === undefined) throw new Error('the server answered without a sweep');
      progress.update(
        sweep,
        hasEnded(sweep) || !terminal.interactive ? [] : await membersUnderWay(client, sweep),
      );
      if (hasEnded(sweep)) return sweep;
      const share = (clock.monotonicMs() - startedAt) * pauseShare;
      await clock.sleep(Math.min(longestPauseMs, Math.max(shortestPauseMs, share)), signal);
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

async function membersUnderWay(
  client: Connection['scheduler'],
  { namespace, id: sweep }: Sweep,
): Promise<readonly scheduler.Run[]> {
  const request = { namespace, sweep, statuses: underWay, pageSize: mostRunning, pageToken: '', orderBy: '' };
  return (await client.listRuns(request, { repeatable: true })).runs;
}

function howToGoOn({ ownsServer, dataDir }: Session, id: string): string {
  const watch = `holdfast sweeps ${shortId(id)} --watch`;
  return ownsServer
    ? `sweep ${shortId(id)} stops with this command's server and goes on with the next one of ${dataDir}: ${watch}`
    : `sweep ${shortId(id)} goes on: ${watch}, holdfast sweeps cancel ${shortId(id)} --reason R`;
}
