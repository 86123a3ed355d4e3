import { isDomainError } from '#kernel';
import type { scheduler } from '#contracts';
import type { Session } from '../session.js';

/** @throws RUN_NOT_FOUND, RUN_ID_AMBIGUOUS, RUN_ID_INVALID */
export async function readRun(session: Session, id: string): Promise<scheduler.Run> {
  const { scheduler } = await session.connection();
  const { run } = await scheduler.getRun({ namespace: session.namespaceOfIds, id }, { repeatable: true });
  if (run === undefined) throw new Error('the server answered without a run');
  return run;
}

/**
 * The namespace and whole id of a run that was named by its id, the beginning of it or `last`, wherever it is. What the scheduler does
 * not know may be an imported bundle, and is passed on as it was given.
 */
export async function runNamed(
  session: Session,
  id: string,
): Promise<{ readonly namespace: string; readonly id: string }> {
  try {
    return await readRun(session, id);
  } catch (error) {
    if (isDomainError(error) && error.kind === 'not-found') return { namespace: session.namespace, id };
    throw error;
  }
}

/** What history is asked for: `last` is the newest run of every namespace, unless one was asked for. */
export const subjectNamed = async (session: Session, subject: string): Promise<string> =>
  subject === 'last' ? (await runNamed(session, subject)).id : subject;
