import { DomainError } from '#kernel';
import type { scheduler } from '#contracts';
import { exitStatus } from '../exit-status.js';
import { isData, openList } from '../output/format.js';
import { hasEnded } from '../run/follow-run.js';
import { readRun } from '../run/read-run.js';
import { inOrder, lineText, linesOf, stepName, tailOutput, type Source } from '../run/step-output.js';
import type { Session } from '../session.js';
import { flag, text, type Action, type Options } from '../verb.js';

type Step = scheduler.Step;

/** What the steps of a run wrote: whole, from the artifact store; with `-f` then as they write it. */
export const logs: Action = async (session, [id = ''], options) => {
  const { terminal } = session;
  const run = await readRun(session, id);
  const wanted = wantedSteps(run, options);
  const raw = wanted.length === 1 && hasEnded(run) && channelsOf(options).length === 1;
  // Who follows is shown what was kept of steps that have ended as well.
  const follows = flag(options, 'follow') && !hasEnded(run);
  const shown = await writerOf(session);
  let whole = false;
  try {
    if (follows) await followOutput(session, run, options, shown.write);
    else
      for (const step of wanted)
        for (const channel of channelsOf(options)) await showKept(session, step, channel, raw, shown.write);
    whole = true;
  } finally {
    if (whole || session.signal.aborted) shown.end();
  }
  if (follows) return exitStatus.success;
  if (!hasEnded(run)) terminal.note('the run has not ended: -f follows it');
  else if (wanted.length === 0) terminal.note('no step of it has written anything');
  return exitStatus.success;
};

async function followOutput(
  session: Session,
  run: scheduler.Run,
  options: Options,
  write: Write,
): Promise<void> {
  const { signal } = session;
  const [name, fold] = [text(options, 'step'), text(options, 'fold')];
  const channels: readonly string[] = channelsOf(options);
  const wanted = (source: Source) =>
    (name === undefined || source.step === name) &&
    (fold === undefined || String(source.fold) === fold) &&
    channels.includes(source.channel);
  const again = (epoch: number) => session.terminal.note(`attempt ${epoch} begins anew`);
  await tailOutput(session, run, signal, write, wanted, again);
  signal.throwIfAborted();
}

type Write = (source: Source, line: string) => void;

async function writerOf({ terminal, format }: Session): Promise<{ readonly write: Write; end(): void }> {
  if (!isData(format))
    return { write: (source, line) => terminal.out(lineText(source, line)), end: () => undefined };
  const list = await openList(terminal, format);
  const write: Write = ({ step, fold, channel }, line) =>
    list.item({ step, ...(fold === undefined ? {} : { fold }), channel, line });
  return { write, end: () => list.end() };
}

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

async function showKept(
  session: Session,
  step: Step,
  channel: Channel,
  raw: boolean,
  write: Write,
): Promise<void> {
  const { terminal } = session;
  const blob = step[channel];
  if (blob === undefined || blob.sizeBytes === 0) return;
  const { provenance } = await session.connection();
  const bytes = provenance.getBlob({ digest: blob.digest, offset: 0 });
  // One channel of one step into a file or a pipe is what the step wrote, byte for byte.
  if (raw && !isData(session.format) && !terminal.isScreen) {
    for await (const { data } of bytes) {
      terminal.write(data);
      await terminal.drained();
    }
    return;
  }
  const lines = linesOf(write);
  for await (const { data } of bytes) {
    lines.piece({ step: step.name, fold: step.fold, channel }, data);
    await terminal.drained();
  }
  lines.end();
}
