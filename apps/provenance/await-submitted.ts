import { isDomainError } from '#kernel';
import type { CallContext } from '#platform';
import { askScheduler } from './find-run.js';
import { putAside } from './put-aside.js';
import type { Provenance } from './provenance.js';
import type { ReproductionDocument } from './reproduction.projection.js';

type Started = Pick<ReproductionDocument, 'stream' | 'repeatedRun'>;

const patienceMs = 10_000;
/** Of the caller's time, for the answer itself. */
const answerMs = 1_500;
const longestPauseMs = 200;

/**
 * Waits until the scheduler knows the repeated run, so that whoever gets the answer can watch it; or until it is known that there
 * will be none. Neither within the caller's time: there is an answer all the same, and the run comes later.
 */
export async function awaitSubmitted(
  provenance: Provenance,
  { stream, repeatedRun }: Started,
  context: CallContext,
): Promise<void> {
  const { clock } = provenance;
  const until = clock.monotonicMs() + Math.min(patienceMs, context.deadlineMs - answerMs);
  const leftMs = () => until - clock.monotonicMs();
  for (let pauseMs = 5; leftMs() > 0; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    if (await isKnown(provenance, repeatedRun, leftMs(), context)) return;
    if (await willNotCome(provenance, stream)) return;
    await clock.sleep(pauseMs, context.signal);
  }
}

/** A scheduler that does not answer is no reason to fail: what was asked for is recorded. */
async function isKnown(
  provenance: Provenance,
  run: string,
  deadlineMs: number,
  context: CallContext,
): Promise<boolean> {
  try {
    return (await askScheduler(provenance, '', run, { ...context, deadlineMs })) !== undefined;
  } catch (error) {
    if (context.signal.aborted || !isDomainError(error)) throw error;
    return false;
  }
}

async function willNotCome(provenance: Provenance, stream: ReproductionDocument['stream']): Promise<boolean> {
  const { state } = await provenance.reproductions.load(stream);
  return state.status === 'concluded' || (await putAside(provenance, 'submit-repeats', stream)) !== undefined;
}
