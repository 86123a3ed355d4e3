import { DomainError, isDomainError } from '#kernel';
import type { BundleEvent } from '#domain/bundle';
import type { CallContext } from '#platform';
import { findRun } from './find-run.js';
import { putAside } from './put-aside.js';
import { setOffBy, type Provenance } from './provenance.js';
import { runStream, type RecordedEvent } from './run-history.js';
import { tellingDisposal } from './retention/disposals-of.js';
import { sealBundle } from './seal-bundle.js';

/**
 * The bundle of a run. Who asks right after the run has ended does not wait for the reactor: it is sealed here, with the same bytes
 * and the same cause.
 * @throws RUN_NOT_FOUND; RUN_NOT_ENDED, RUN_NOT_ADMITTED: there is none; BLOB_NOT_FOUND, ARTIFACTS_DISPOSED: it cannot be sealed
 */
export async function getBundle(
  provenance: Provenance,
  request: { readonly namespace: string; readonly runId: string },
  context: CallContext,
): Promise<BundleEvent> {
  const run = await findRun(provenance, { ...request, field: 'run_id', id: request.runId }, context);
  try {
    return await tellingDisposal(provenance, run, () =>
      sealBundle(provenance, run, ({ terminal }) => setOffBy(provenance, terminal as RecordedEvent)),
    );
  } catch (error) {
    if (!isDomainError(error) || ['RUN_NOT_ENDED', 'ARTIFACTS_DISPOSED'].includes(error.code)) throw error;
    const reason = await putAside(provenance, 'seal-bundles', runStream(run));
    if (reason === undefined) throw error;
    const message = `the bundle of run ${run} could not be sealed: ${error.message}`;
    throw new DomainError(error.kind, error.code, message, { cause: error, facts: { putAside: reason } });
  }
}
