import { assertNoProblems, DomainError, isDomainError } from '#kernel';
import { canonicalBytes } from '#evidence';
import type { scheduler } from '#contracts';
import { toProblem } from '#rpc';
import { commandKey, commandKeyOf } from '../command-key.js';
import { exitStatus, type ExitStatus } from '../exit-status.js';
import { declareTarget, readSet, targetOf } from '../experiment/index.js';
import { showOne } from '../output/format.js';
import { shortId } from '../output/units.js';
import { followRun, hasEnded } from '../run/follow-run.js';
import { openRunProgress } from '../run/run-progress.js';
import { readVerdict } from '../run/read-verdict.js';
import { lineText, tailOutput } from '../run/step-output.js';
import type { Session } from '../session.js';
import { flag, text, texts, type Action, type Options } from '../verb.js';
import { plain, word } from '../view/plain.js';
import { verdictJson, verdictText } from '../view/verdict.js';

/** How long the verdict waits for the bundle, which is sealed after the last event. */
const sealedWithinMs = 30_000;
/** How long a run may take to end that ctrl-c takes with it; another ctrl-c does not wait. */
const cancelledWithinMs = 60_000;

/** From a file, or what was declared before, to a verdict. */
export const run: Action = async (session, [given], options) => {
  const { terminal, quiet } = session;
  const detach = flag(options, 'detach');
  if (detach && !session.hasServer()) throw needsServer();
  const priority = priorityOf(options);
  const key = commandKeyOf(options);
  if (flag(options, 'dryRun')) {
    const target = await targetOf(given);
    if ('file' in target) return (await import('./dry-run.js')).dryRun(session, target.file, options);
  }
  const reason =
    text(options, 'reason') ?? ['holdfast run', ...(given ? [given] : []), ...setTexts(options)].join(' ');
  const set = texts(options, 'set');
  const declared = await declareTarget(session, given, {
    reason,
    frozen: flag(options, 'frozen'),
    check: (knobs) => void readSet(set, knobs),
  });
  const overrides = readSet(set, declared.knobs);
  const { scheduler } = await session.connection();
  const answer = await scheduler.submitRun(
    {
      namespace: declared.namespace,
      what: { $case: 'blueprint', value: declared.ref },
      overrides: canonicalBytes(overrides) as Buffer,
      reason,
      ...poolOf(options),
      priority,
      dryRun: flag(options, 'dryRun'),
    },
    key,
  );
  const submitted = answer.run as scheduler.Run;
  assertNoProblems(declared.placed(submitted.problems.map(toProblem)), 'RUN_REJECTED');
  if (flag(options, 'dryRun')) return showAdmission(session, submitted);
  if (detach) {
    await showOne(terminal, quiet ? 'table' : session.format, plain(submitted), () =>
      quiet ? submitted.id : `${submitted.id}\n  follow it: holdfast show ${shortId(submitted.id)} -w`,
    );
    return exitStatus.success;
  }
  return followToVerdict(session, submitted, flag(options, 'logs'));
};

/** Follows a run to its end and shows what came of it. */
export async function followToVerdict(
  session: Session,
  submitted: scheduler.Run,
  logs: boolean,
): Promise<ExitStatus> {
  const { terminal, format, quiet, signal } = session;
  const progress = openRunProgress(session);
  const tail = new AbortController();
  const onAbort = () => tail.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  const tailing = logs ? preview(session, submitted, tail.signal, progress.above) : Promise.resolve();
  let last = submitted;
  try {
    for await (const now of followRun(session, submitted)) progress.update((last = now));
  } catch (error) {
    if (!signal.aborted) throw error;
    progress.end();
    return await interrupted(session, last);
  } finally {
    progress.end();
    signal.removeEventListener('abort', onAbort);
    tail.abort();
    await tailing;
  }
  const verdict = await readVerdict(session, last, sealedWithinMs);
  if (quiet) terminal.out(last.id);
  else await showOne(terminal, format, verdictJson(verdict), () => verdictText(terminal, verdict));
  return word(last.status) === 'completed' ? exitStatus.success : exitStatus.runFailed;
}

/** What the steps write, as far as it comes: the run does not depend on it. */
async function preview(
  session: Session,
  run: scheduler.Run,
  signal: AbortSignal,
  show: (text: string) => void,
) {
  try {
    await tailOutput(session, run, signal, (source, line) => show(lineText(source, line)));
  } catch (error) {
    if (!isDomainError(error)) throw error;
  }
}

/** A server that lives for this command takes its run with it; any other goes on without us. */
async function interrupted(session: Session, { namespace, id }: scheduler.Run): Promise<ExitStatus> {
  const { terminal, clock } = session;
  if (!session.ownsServer) {
    terminal.note(
      `run ${shortId(id)} goes on: holdfast show ${shortId(id)} -w, holdfast cancel ${shortId(id)} --reason R`,
    );
    return exitStatus.interrupted;
  }
  terminal.note(
    `cancelling run ${shortId(id)}: its server ends with this command; ctrl-c again does not wait`,
  );
  const own = new AbortController();
  const stop = clock.after(cancelledWithinMs, () =>
    own.abort(new DomainError('timeout', 'CANCEL_SLOW', 'took too long')),
  );
  try {
    const { scheduler } = await session.connection();
    const reason = 'interrupted by ctrl-c';
    await scheduler.cancelRun({ namespace, id, reason }, { signal: own.signal, ...commandKey() });
    for await (const now of followRun(session, { namespace, id }, own.signal))
      if (hasEnded(now)) terminal.note(`run ${shortId(id)} is ${word(now.status)}`);
  } catch {
    terminal.note(
      `run ${shortId(id)} was not seen to end; the next server of ${session.dataDir} goes on with it`,
    );
  } finally {
    stop();
  }
  return exitStatus.interrupted;
}

async function showAdmission({ terminal, format }: Session, run: scheduler.Run): Promise<ExitStatus> {
  await showOne(terminal, format, plain(run), () => `would be admitted\n  key  ${run.reproducibilityKey}`);
  return exitStatus.success;
}

const setTexts = (options: Options): string[] => texts(options, 'set').map((set) => `--set ${set}`);

const poolOf = (options: Options): { readonly pool?: string } => {
  const pool = text(options, 'pool');
  return pool === undefined ? {} : { pool };
};

export function priorityOf(options: Options): number {
  const given = text(options, 'priority');
  if (given === undefined) return 0;
  if (/^-?\d{1,3}$/.test(given) && Math.abs(Number(given)) <= 100) return Number(given);
  throw new DomainError('invalid', 'PRIORITY_INVALID', '--priority is a whole number from −100 to 100');
}

const needsServer = (): DomainError =>
  new DomainError(
    'rule',
    'DETACH_NEEDS_SERVER',
    'nothing would be left to run it: this server ends with the command; keep one with `holdfast up`',
  );
