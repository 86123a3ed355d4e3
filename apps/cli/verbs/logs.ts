import { DomainError, type Json } from '#kernel';
import type { scheduler } from '#contracts';
import { exitStatus } from '../exit-status.js';
import { hasEnded } from '../run/follow-run.js';
import { readRun } from '../run/read-run.js';
import { inOrder, linesOf, stepName, tailOutput } from '../run/step-output.js';
import type { Session } from '../session.js';
import { flag, text, type Action, type Options } from '../verb.js';

type Step = scheduler.Step;

/** What the steps of a run wrote: whole, from the artifact store; with `-f` then as they write it. */
export const logs: Action = async (session, [id = ''], options) => {
  const { terminal, signal } = session;
  const run = await readRun(session, id);
  const wanted = wantedSteps(run, options);
  const raw = wanted.length === 1 && hasEnded(run) && channelsOf(options).length === 1;
  for (const step of wanted)
    for (const channel of channelsOf(options)) await showKept(session, step, channel, raw);
  const follows = flag(options, 'follow') && !hasEnded(run);
  if (follows) {
    const name = text(options, 'step');
    const write = (line: string) => terminal.out(line);
    await tailOutput(session, run, signal, write, (step) => name === undefined || step === name);
  } else if (!hasEnded(run)) terminal.note('the run has not ended: -f follows it');
  else if (wanted.length === 0) terminal.note('no step of it has written anything');
  return exitStatus.success;
};

type Channel = 'stdout' | 'stderr';

const channelsOf = (options: Options): readonly Channel[] =>
  flag(options, 'stdout') ? ['stdout'] : flag(options, 'stderr') ? ['stderr'] : ['stdout', 'stderr'];

/** @throws STEP_NOT_FOUND naming those that there are */
function wantedSteps({ steps, stepsTotal }: scheduler.Run, options: Options): readonly Step[] {
  const [name, fold] = [text(options, 'step'), text(options, 'fold')];
  const wanted = inOrder(steps).filter(
    (step) =>
      (name === undefined || step.name === name) && (fold === undefined || String(step.fold) === fold),
  );
  const everyName = [...new Set(steps.map((step) => stepName(step.name, step.fold)))];
  if (wanted.length > 0 || (name === undefined && fold === undefined) || steps.length < stepsTotal)
    return wanted;
  const what = stepName(name ?? '', fold === undefined ? undefined : Number(fold));
  throw new DomainError(
    'not-found',
    'STEP_NOT_FOUND',
    `there is no step ${what}; there are ${everyName.join(', ')}`,
  );
}

async function showKept(session: Session, step: Step, channel: Channel, raw: boolean): Promise<void> {
  const { terminal, format } = session;
  const blob = step[channel];
  if (blob === undefined || blob.sizeBytes === 0) return;
  const { provenance } = await session.connection();
  const bytes = provenance.getBlob({ digest: blob.digest, offset: 0 });
  const asJson = format === 'json' || format === 'jsonl' || format === 'yaml';
  // One channel of one step into a file or a pipe is what the step wrote, byte for byte.
  if (raw && !asJson && !terminal.isScreen) {
    for await (const { data } of bytes) {
      terminal.write(data);
      await terminal.drained();
    }
    return;
  }
  const from = stepName(step.name, step.fold);
  const json = (line: string): Json => ({
    step: step.name,
    ...(step.fold === undefined ? {} : { fold: step.fold }),
    channel,
    line,
  });
  const mark = channel === 'stderr' ? ' !' : ' |';
  const lines = linesOf((line) => {
    const plainLine = line.slice(`${from}${mark}  `.length);
    terminal.out(asJson ? JSON.stringify(json(plainLine)) : line);
  });
  const decoder = new TextDecoder();
  for await (const { data } of bytes) {
    lines.piece(`${from}${mark}`, decoder.decode(data, { stream: true }));
    await terminal.drained();
  }
  lines.end();
}
