import { isDomainError } from '#kernel';
import type { provenance, scheduler } from '#contracts';
import type { Blueprint } from '#domain/blueprint';
import type { Session } from '../session.js';
import { word } from '../view/plain.js';
import type { DeclaredMetrics, Verdict } from '../view/verdict.js';
import { lastLines } from './step-output.js';

type Run = scheduler.Run;
const linesShown = 12;

/** Everything that a verdict on a run says beyond the run itself. Waits `sealedWithinMs` for the bundle of one that completed: it is sealed after the end. */
export async function readVerdict(session: Session, run: Run, sealedWithinMs = 0): Promise<Verdict> {
  const status = word(run.status) ?? '';
  const isSealed = ['completed', 'failed', 'cancelled'].includes(status);
  const withinMs = status === 'completed' ? sealedWithinMs : 0;
  const failed = run.failure === undefined ? undefined : failedStep(run);
  const [metrics, bundle, lines] = await Promise.all([
    metricsOf(session, run),
    isSealed ? bundleOf(session, run, withinMs) : undefined,
    lastLines(session, failed?.stderr, linesShown).catch(unlessInterrupted(session, [])),
  ]);
  return { run, metrics, bundle, lastLines: lines };
}

const failedStep = ({ steps, failure }: Run) =>
  steps.findLast(
    ({ name, fold, status }) => status === 'failed' && name === failure?.step && fold === failure?.fold,
  );

/** As the blueprint declares them; a run of a bare manifest may have no blueprint here. */
export async function metricsOf(
  session: Session,
  { namespace, blueprint, blueprintVersion }: Pick<Run, 'namespace' | 'blueprint' | 'blueprintVersion'>,
): Promise<DeclaredMetrics> {
  const { registry } = await session.connection();
  const ref = blueprintVersion === '' ? blueprint : `${blueprint}@${blueprintVersion}`;
  const found = await registry
    .getBlueprint({ namespace, ref }, { repeatable: true })
    .catch(unlessInterrupted(session, undefined));
  if (found?.blueprint === undefined) return {};
  return (JSON.parse(found.blueprint.document.toString('utf8')) as Blueprint).metrics ?? {};
}

async function bundleOf(
  session: Session,
  { namespace, id }: Run,
  withinMs: number,
): Promise<provenance.Bundle | undefined> {
  const { clock, signal } = session;
  const { provenance } = await session.connection();
  const until = clock.monotonicMs() + withinMs;
  for (;;) {
    const found = await provenance
      .getBundle({ namespace, runId: id }, { repeatable: true })
      .catch(unlessInterrupted(session, undefined));
    if (found?.bundle !== undefined || clock.monotonicMs() >= until) return found?.bundle;
    await clock.sleep(50, signal);
  }
}

/** What only adds to a verdict must not stand in its way. */
const unlessInterrupted =
  <T>({ signal }: Session, otherwise: T) =>
  (error: unknown): T => {
    if (signal.aborted || !isDomainError(error)) throw error;
    return otherwise;
  };
