import type { scheduler } from '#contracts';
import type { Session } from '../session.js';

/** @throws RUN_NOT_FOUND, RUN_ID_AMBIGUOUS, RUN_ID_INVALID */
export async function readRun(session: Session, id: string): Promise<scheduler.Run> {
  const { scheduler } = await session.connection();
  const { run } = await scheduler.getRun({ namespace: session.namespaceOfIds, id }, { repeatable: true });
  if (run === undefined) throw new Error('the server answered without a run');
  return run;
}
