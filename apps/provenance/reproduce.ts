import { assertNoProblems, DomainError, streamId, type StreamId } from '#kernel';
import { nameId, uuidV5 } from '#evidence';
import { scheduler, type provenance as proto } from '#contracts';
import { requiredBlobs } from '#domain/manifest';
import type { CallContext } from '#platform';
import { carriedOut, withReason } from '#runtime';
import { commandContext, insideProblems, missingBlobProblems, reasonProblems } from '#service';
import { awaitSubmitted } from './await-submitted.js';
import { findRun, idProblems } from './find-run.js';
import { provenanceActor, type Provenance } from './provenance.js';
import { toReproduction } from './reproduction.mapper.js';
import { reproductionProjection } from './reproduction.projection.js';
import { disposedError, tellingDisposal } from './retention/disposals-of.js';
import { manifestOf, outcomeOf, readRun } from './run-history.js';

/** The same key finds the same stream. */
const reproductionId = (commandId: string): string => uuidV5(commandId, '0');
export const reproductionStream = (id: string): StreamId => streamId('reproduction', id);

/**
 * The run that the scheduler makes of our request: its id follows from who asks and under which key. It is recorded before the
 * request is sent, so that no repeated run is without its reproduction.
 */
export const repeatedRunOf = (reproduction: string): string => {
  const { path } = scheduler.SchedulerService.submitRun;
  return nameId('run', nameId('command', path, provenanceActor.id, reproduction));
};

/**
 * Records that a completed run is to be repeated; the repeat is submitted because of that event, and waited for.
 * @throws INVALID_REQUEST, RUN_NOT_FOUND, RUN_NOT_COMPLETED; DATA_MISSING with every blob that must be supplied first; ARTIFACTS_DISPOSED
 */
export async function reproduce(
  provenance: Provenance,
  request: proto.ReproduceRequest,
  context: CallContext,
): Promise<proto.ReproduceResponse> {
  const { runtime, reproductions } = provenance;
  assertNoProblems(
    [
      ...insideProblems(request.namespace),
      ...idProblems('run_id', request.runId),
      ...reasonProblems(request.reason),
    ],
    'INVALID_REQUEST',
  );
  const id = reproductionId(context.commandId);
  const stream = reproductionStream(id);
  const run = await findRun(provenance, { ...request, field: 'run_id', id: request.runId }, context);
  const { history, digest, manifest } = await tellingDisposal(provenance, run, async () => {
    const known = await readRun(provenance, run);
    return { history: known, ...(await manifestOf(provenance, known)) };
  });
  const outcome = outcomeOf(history);
  if (outcome !== 'completed') {
    const what = outcome === 'open' ? 'has not ended' : `is ${outcome}`;
    const message = `run ${run} ${what}; only a completed run has a result to compare with`;
    throw new DomainError('rule', 'RUN_NOT_COMPLETED', message);
  }
  const problems = await missingBlobProblems(runtime.engines.artifacts, requiredBlobs(manifest));
  if (problems.length > 0) {
    const message = `run ${run} cannot be repeated here: ${problems.length} of its inputs are not on this server`;
    const missing = new DomainError('rule', 'DATA_MISSING', message, { problems });
    throw (await disposedError(provenance, run, missing)) ?? missing;
  }
  await reproductions.execute(
    stream,
    {
      type: 'StartReproduction',
      namespace: history.namespace,
      originalRun: run,
      repeatedRun: repeatedRunOf(id),
      manifest: digest,
      at: context.receivedAt,
    },
    commandContext(context, request.reason),
  );
  const done = await carriedOut(
    runtime.engines.eventStore,
    reproductionProjection,
    stream,
    context.commandId,
  );
  const [document] = done.documents;
  if (document) await awaitSubmitted(provenance, document, context);
  return {
    reproduction: document && toReproduction(await withReason(runtime.people, document)),
    position: done.position,
  };
}
