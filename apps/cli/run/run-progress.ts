import type { scheduler } from '#contracts';
import { openStatusLine } from '../output/progress.js';
import { duration, shortId } from '../output/units.js';
import type { Session } from '../session.js';
import { word } from '../view/plain.js';

/** A line that says how far a run is, and how long it may still take. */
export function openRunProgress({ terminal, clock }: Pick<Session, 'terminal' | 'clock'>) {
  const line = openStatusLine(terminal, clock);
  const submitted = clock.monotonicMs();
  let [run, runningSince, attempts]: [scheduler.Run | undefined, number, number] = [undefined, 0, 0];
  let stop = () => {};
  const tick = () => {
    if (run) line.show(stateLine(run, clock.monotonicMs() - submitted, clock.monotonicMs() - runningSince));
    stop = clock.after(250, tick);
  };
  tick();
  return {
    above: (text: string) => line.above(text),
    update(now: scheduler.Run) {
      const lost = now.attempts.filter(({ failure }) => failure !== undefined);
      for (const { epoch, failure } of lost.slice(attempts))
        if (word(now.status) === 'queued')
          line.above(`attempt ${epoch} ended: ${failure?.failureClass}; queued again`);
      attempts = lost.length;
      if (word(run?.status ?? '') !== 'running') runningSince = clock.monotonicMs();
      run = now;
    },
    end() {
      stop();
      line.end();
    },
  };
}

function stateLine(run: scheduler.Run, sinceSubmitMs: number, runningMs: number): string {
  const { id, status, steps, stepsTotal, epoch } = run;
  const state = word(status) ?? '';
  const done = steps.filter((step) => step.epoch === epoch && step.status === 'completed').length;
  const parts = [`run ${shortId(id)} ${state}`, duration(sinceSubmitMs)];
  if (state === 'running') {
    parts.splice(1, 0, `${done} of ${stepsTotal} steps`);
    if (done > 0 && done < stepsTotal)
      parts.push(`about ${duration((runningMs / done) * (stepsTotal - done))} left`);
  }
  return parts.join(', ');
}
