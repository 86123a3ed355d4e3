import { stat } from 'node:fs/promises';
import { DomainError, isDomainError } from '#kernel';
import type { provenance } from '#contracts';
import { commandKey } from '../command-key.js';
import { exitStatus, type ExitStatus } from '../exit-status.js';
import { importBundle, nameAndPath, supplyData, type Supplied } from '../experiment/import-bundle.js';
import { showOne } from '../output/format.js';
import { paint, printable, type Terminal } from '../output/terminal.js';
import { nounOf, shortId } from '../output/units.js';
import { differencesText } from '../view/differences.js';
import { plain, word } from '../view/plain.js';
import { followRun } from '../run/follow-run.js';
import { openRunProgress } from '../run/run-progress.js';
import type { Session } from '../session.js';
import { flag, text, texts, type Action, type Options } from '../verb.js';
import { reportJson, reportText, verifyFile } from './verify.js';

type Reproduction = provenance.Reproduction;

const noFile = ['not-found', 'there is no such file'] as const;

/** Runs a run, or the run of a bundle, once more and compares; what was sealed is verified before anything is run. */
export const reproduce: Action = async (session, [given = ''], options) => {
  const { terminal, format, quiet, namespaceOfIds: namespace } = session;
  const found = await stat(given).catch(() => undefined);
  const isFile = found?.isFile() === true;
  // No id of a run has either.
  if (!isFile && /[./]/.test(given)) {
    const [kind, what] = found ? (['invalid', 'is not a file'] as const) : noFile;
    throw new DomainError(kind, 'BUNDLE_UNREADABLE', `${given.slice(0, 200)}: ${what}`);
  }
  const supplied = suppliedIn(options);
  if (!isFile && (supplied.data.length > 0 || supplied.environment !== undefined)) {
    const message = `--data and --environment go with a bundle: say its file instead of ${given.slice(0, 80)}`;
    throw new DomainError('invalid', 'OPTION_INVALID', message);
  }
  const imported = isFile ? await takeIn(session, given, supplied) : { run: given };
  if (imported.run === undefined) return exitStatus.verification;
  const { provenance } = await session.connection();
  const reason = text(options, 'reason') ?? 'to see whether it gives the same result';
  const answer = await provenance.reproduce({ namespace, runId: imported.run, reason }, commandKey());
  if (answer.reproduction === undefined) throw new Error('the server answered without a reproduction');
  const { id, repeatedRun } = answer.reproduction;
  const detached = flag(options, 'detach');
  if (!detached) await follow(session, answer.reproduction);
  const reproduction = detached ? answer.reproduction : await concluded(session, id);
  if (quiet) terminal.out(id);
  else
    await showOne(terminal, format, plain(reproduction), () =>
      detached
        ? `reproduction ${id}: run ${repeatedRun} repeats ${reproduction.originalRun}`
        : reproductionText(terminal, reproduction, format === 'wide'),
    );
  return detached ? exitStatus.success : statusOf(reproduction);
};

/** What the command line says about where things are. @throws OPTION_INVALID */
function suppliedIn(options: Options): Supplied {
  const environment = text(options, 'environment');
  const data = texts(options, 'data').map(nameAndPath);
  return { data, ...(environment === undefined ? {} : { environment }) };
}

/** A bundle from somebody else: verified here, taken in there, and what it lacks supplied. No run when it does not hold. */
async function takeIn(
  session: Session,
  file: string,
  supplied: Supplied,
): Promise<{ readonly run: string | undefined }> {
  const { terminal, format, quiet } = session;
  const report = await verifyFile(session, file);
  if (report.problems.length > 0) {
    if (!quiet)
      await showOne(terminal, format, reportJson(file, report), () => reportText(terminal, file, report));
    return { run: undefined };
  }
  if (report.outcome !== 'completed') {
    const message = `the run of ${file} is ${report.outcome}; only a completed run has a result to compare with`;
    throw new DomainError('rule', 'RUN_NOT_COMPLETED', message);
  }
  const { bundle, missing, created } = await importBundle(session, file);
  if (bundle === undefined) throw new Error('the server answered without a bundle');
  if (!quiet) {
    const whose = created ? 'taken in' : 'here already';
    terminal.note(`${file} holds: ${nounOf(report.members, 'member')}, ${whose} as run ${bundle.runId}`);
  }
  await supplyData(session, file, missing, supplied);
  return { run: bundle.runId };
}

/** The repeat is submitted a moment after the reproduction was recorded, or never when the scheduler refuses it. */
async function follow(session: Session, { id, repeatedRun }: Reproduction): Promise<void> {
  const { clock, signal, namespace } = session;
  const progress = openRunProgress(session);
  try {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      try {
        const run = { namespace, id: repeatedRun };
        for await (const now of followRun(session, run)) progress.update(now);
        return;
      } catch (error) {
        if (!isDomainError(error) || error.code !== 'RUN_NOT_FOUND') throw error;
      }
      if ((await read(session, id))?.concludedAt !== undefined) return;
      await clock.sleep(pauseMs, signal);
    }
  } finally {
    progress.end();
  }
}

const firstPauseMs = 50;
const longestPauseMs = 1_000;

/** The verdict comes soon after the run has ended; there is no deadline, ctrl-c ends the waiting. */
async function concluded(session: Session, id: string): Promise<Reproduction> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    const reproduction = await read(session, id);
    if (reproduction?.concludedAt !== undefined) return reproduction;
    await session.clock.sleep(pauseMs, session.signal);
  }
}

async function read(session: Session, id: string): Promise<Reproduction | undefined> {
  const { provenance } = await session.connection();
  const request = { namespace: session.namespace, id };
  return (await provenance.getReproduction(request, { repeatable: true })).reproduction;
}

type Verdict = 'identical' | 'equivalent' | 'diverged' | 'not-run';

const verdicts: Readonly<
  Record<Verdict, { readonly status: ExitStatus; readonly colour: 'green' | 'red'; readonly means: string }>
> = {
  identical: {
    status: exitStatus.success,
    colour: 'green',
    means: 'every declared output and metric has the same bytes',
  },
  equivalent: {
    status: exitStatus.success,
    colour: 'green',
    means: 'every metric is within its tolerance; these outputs differ',
  },
  diverged: { status: exitStatus.difference, colour: 'red', means: 'the result is another one' },
  'not-run': { status: exitStatus.runFailed, colour: 'red', means: 'the repeated run did not complete' },
};

/** Of a verdict that this release does not know nothing is claimed. */
function verdictOf({ verdict }: Reproduction): Verdict {
  const said = word(verdict) ?? '';
  return Object.hasOwn(verdicts, said) ? (said as Verdict) : 'not-run';
}

const statusOf = (reproduction: Reproduction): ExitStatus => verdicts[verdictOf(reproduction)].status;

export function reproductionText(terminal: Terminal, reproduction: Reproduction, wide: boolean): string {
  const { originalRun, repeatedRun, differences, remarks } = reproduction;
  const verdict = verdictOf(reproduction);
  const { colour, means } = verdicts[verdict];
  const first = differences[0];
  const { what, detail } = first ?? { what: '', detail: '' };
  return [
    `${paint(terminal, colour, verdict)}: ${means}`,
    ...(verdict === 'diverged' && first
      ? [printable(`first difference: ${what}${detail && `, ${detail}`}`)]
      : []),
    ...remarks.map((remark) => printable(`remark: ${remark}`)),
    ...(differences.length === 0 ? [] : [differencesText(terminal, differences, wide)]),
    `run ${shortId(originalRun)} was repeated as run ${shortId(repeatedRun)}; reproduction ${reproduction.id}`,
  ].join('\n');
}
