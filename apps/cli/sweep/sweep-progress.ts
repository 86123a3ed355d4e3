import type { scheduler } from '#contracts';
import { openStatusLine } from '../output/progress.js';
import { duration, shortId } from '../output/units.js';
import type { Session } from '../session.js';

type Sweep = scheduler.Sweep;
type Running = Pick<scheduler.Run, 'steps' | 'stepsTotal' | 'epoch'>;

/** A line that says how far a sweep is, with the steps of the members that run, and how long it may still take. */
export function openSweepProgress({ terminal, clock }: Pick<Session, 'terminal' | 'clock'>) {
  const line = openStatusLine(terminal, clock);
  const startedAt = clock.monotonicMs();
  let [endedAtStart, last]: [number | undefined, (() => string) | undefined] = [undefined, undefined];
  let stop = () => {};
  const tick = () => {
    if (last !== undefined) line.show(last());
    stop = clock.after(250, tick);
  };
  tick();
  return {
    update(sweep: Sweep, running: readonly Running[]) {
      // What had ended before we looked says nothing about how fast it goes.
      const ended = endedMembers(sweep);
      const before = (endedAtStart ??= ended);
      last = () => stateLine(sweep, running, before, clock.monotonicMs() - startedAt);
    },
    end() {
      stop();
      line.end();
    },
  };
}

/** Members whose run is over. */
export const endedMembers = ({ completed, failed, cancelled }: Sweep): number =>
  completed + failed + cancelled;

export function stateLine(
  sweep: Sweep,
  running: readonly Running[],
  endedBefore: number,
  tookMs: number,
): string {
  const ended = endedMembers(sweep);
  const stepsOf = (run: Running) =>
    run.steps.filter(({ epoch, status }) => epoch === run.epoch && status === 'completed').length;
  const [done, total] = [
    running.reduce((sum, run) => sum + stepsOf(run), 0),
    running.reduce((sum, { stepsTotal }) => sum + stepsTotal, 0),
  ];
  const parts = [`sweep ${shortId(sweep.id)}  ${ended} of ${sweep.members} runs`];
  if (running.length > 0) parts.push(`${running.length} running, ${done} of ${total} of their steps`);
  parts.push(duration(tookMs));
  const gone = ended - endedBefore + (total === 0 ? 0 : (running.length * done) / total);
  const left = sweep.members - endedBefore - gone;
  if (gone > 0 && left > 0) parts.push(`about ${duration((tookMs / gone) * left)} left`);
  return parts.join(', ');
}
