import type { Lock } from '#domain/blueprint';
import { DomainError } from '#kernel';
import type { Session } from '../session.js';
import { askCatalogue } from './catalogue-questions.js';
import { hashingProgress } from './hashing-progress.js';
import { lockExperiment, type LockedExperiment } from './lock-experiment.js';
import { shown, type Experiment } from './read-experiment.js';

/**
 * Locks an experiment by what is here and on the server, and shows how far the hashing is.
 * @throws NAMESPACE_OTHER when `-n` asked for another one than its file is of
 */
export async function lockHere(
  session: Session,
  experiment: Experiment,
  earlier: Lock | undefined,
): Promise<LockedExperiment> {
  const { env, signal, namespaceNamed = experiment.namespace } = session;
  if (namespaceNamed !== experiment.namespace)
    throw new DomainError(
      'invalid',
      'NAMESPACE_OTHER',
      `${shown(experiment.file)} is of namespace ${experiment.namespace}, and -n says ${namespaceNamed}; leave -n out, or write another \`blueprint:\` there`,
    );
  const progress = hashingProgress(session);
  const catalogue = askCatalogue(() => session.connection(), experiment.namespace);
  const cache = await session.digests();
  const options = { env, signal, onProgress: progress.update, ...(cache ? { cache } : {}) };
  return lockExperiment(experiment, earlier, catalogue, options).finally(() => progress.end());
}
