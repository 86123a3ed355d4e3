import { assertNoProblems, DomainError, type Problem } from '#kernel';
import { provenance as proto } from '#contracts';
import { disposalStream } from '#domain/disposal';
import {
  artifactKinds,
  isDue,
  labelOf,
  standingOf,
  type ArtifactKind,
  type Standing,
  type SubjectFacts,
} from '#domain/retention';
import type { CallContext } from '#platform';
import { eventIdOf, positionToken } from '#runtime';
import { authorityProblems, commandContext, reasonProblems } from '#service';
import type { Provenance } from '../provenance.js';
import { disposalsOf, toDisposals } from './disposals-of.js';
import { namesOf } from './retention.mapper.js';
import { openDisposing, partContext, type DisposalOrder } from './disposing.js';
import { findSubject, subjectProblems } from './find-subject.js';

const mostTold = 1_000;

/**
 * Disposes of one run, or of one version of a dataset. Who repeats the command is answered by what it did.
 * @throws INVALID_REQUEST with every problem; RUN_NOT_FOUND, DATASET_NOT_FOUND, RUN_NOT_ENDED; RUN_HELD, DATASET_HELD by what; DATASET_IN_USE;
 *   RETENTION_NOT_OVER
 */
export async function dispose(
  provenance: Provenance,
  request: proto.DisposeRequest,
  context: CallContext,
): Promise<proto.DisposeResponse> {
  const { runId, authority, reason, beforeTime, artifacts, dryRun } = request;
  assertNoProblems(
    [
      ...subjectProblems(request),
      ...(authority === '' && !beforeTime ? [] : authorityProblems(authority)),
      ...artifactProblems(artifacts, runId.startsWith('dataset:') ? ['data'] : artifactKinds),
      ...(dryRun ? [] : reasonProblems(reason)),
    ],
    'INVALID_REQUEST',
  );
  const facts = await findSubject(provenance, request, context);
  const { id } = facts;
  const command = commandContext(context, reason);
  const firstEvent = eventIdOf(partContext(command, id, 1).commandId, disposalStream(id), 0);
  const repeated = (await disposalsOf(provenance, id)).some(({ eventId }) => eventId === firstEvent);
  if (repeated && !dryRun) return answer(provenance, id);

  const order = await orderOf(provenance, facts, request, context);
  const disposing = await openDisposing(provenance, [order], context.signal);
  if (await disposing.isInUse(order)) throw inUse(facts);
  const blobs = await disposing.plan(order);
  if (blobs === undefined) return { disposal: undefined, blobs: [], position: '' };
  const told = blobs.slice(0, mostTold).map(({ digest, sizeBytes }) => ({ digest, sizeBytes }));
  if (dryRun) return { disposal: planned(order, blobs), blobs: told, position: '' };
  const state = await disposing.carryOut(order, blobs, command);
  if (state.status === 'withdrawn') throw await hindrance(provenance, order, context);
  return { ...(await answer(provenance, id)), blobs: told };
}

async function answer(provenance: Provenance, id: string): Promise<proto.DisposeResponse> {
  const [disposals, { position }] = await Promise.all([
    disposalsOf(provenance, id),
    provenance.disposals.load(disposalStream(id)),
  ]);
  const disposal = (await toDisposals(provenance, disposals)).at(-1);
  return { disposal, blobs: [], position: positionToken(position) };
}

/** @throws RUN_NOT_ENDED, RUN_HELD, DATASET_HELD, RETENTION_NOT_OVER */
async function orderOf(
  provenance: Provenance,
  facts: SubjectFacts,
  { authority, beforeTime, artifacts }: proto.DisposeRequest,
  context: CallContext,
): Promise<DisposalOrder> {
  const { orders, clock } = provenance;
  if (facts.since === undefined)
    throw new DomainError('rule', 'RUN_NOT_ENDED', `${labelOf(facts)} has not ended, or was refused`);
  await orders.catchUp(context.signal);
  const standing = standingOf(facts, orders.assigned, orders.classes, clock.now());
  const { name, artifacts: ofClass, authority: itsOwn } = standing.class;
  const byDefault = facts.dataset === undefined ? ofClass : (['data'] as const);
  const kinds = artifacts.length === 0 ? byDefault : (artifacts as ArtifactKind[]);
  const early = !isDue(standing, kinds);
  const order = { facts, artifacts: kinds, class: name, authority: authority || itsOwn, early };
  if (orders.holdsOn(facts).length > 0) throw await hindrance(provenance, order, context);
  if (early && !beforeTime) throw notOver(order, standing);
  return order;
}

async function hindrance({ orders, clock }: Provenance, order: DisposalOrder, { signal }: CallContext) {
  await orders.catchUp(signal);
  const { facts } = order;
  const holds = orders.holdsOn(facts);
  if (holds.length === 0)
    return notOver(order, standingOf(facts, orders.assigned, orders.classes, clock.now()));
  const named = holds.map(
    ({ stream, subject, label, authority }) => `${stream} on ${label ?? subject} (${authority})`,
  );
  const message = `${labelOf(facts)} is held by ${named.join(', ')}; \`holdfast hold release\` ends a hold`;
  return new DomainError('rule', facts.dataset === undefined ? 'RUN_HELD' : 'DATASET_HELD', message, {
    facts: { holds: holds.map(({ stream }) => stream) },
  });
}

function notOver({ facts, artifacts }: DisposalOrder, { class: of, until, isOver }: Standing): DomainError {
  const others = artifacts.filter((kind) => !of.artifacts.includes(kind));
  const what = isOver ? `${others.join(', ')} of ${labelOf(facts)} are` : `${labelOf(facts)} is`;
  const time = isOver || until === undefined ? 'for ever' : `until ${until}`;
  return new DomainError(
    'rule',
    'RETENTION_NOT_OVER',
    `${what} kept ${time} (class ${of.name}); --before-time disposes of it all the same, and is recorded`,
  );
}

const inUse = (facts: SubjectFacts): DomainError =>
  new DomainError(
    'rule',
    'DATASET_IN_USE',
    `${labelOf(facts)} is read by something that is kept, such as a run or its bundle; it can go when their data have gone`,
  );

export const artifactProblems = (
  artifacts: readonly string[],
  known: readonly string[] = artifactKinds,
): readonly Problem[] =>
  artifacts
    .filter((kind) => !known.includes(kind))
    .map((kind) => ({
      ...{ code: 'ARTIFACTS_UNKNOWN', field: 'artifacts', found: kind.slice(0, 120) },
      message: `is of ${known.join(', ')}`,
    }));

/** What would be disposed of; nothing is recorded of it. */
export function planned(
  { facts, artifacts, class: name, authority, early }: DisposalOrder,
  blobs: readonly { readonly sizeBytes: number }[],
): proto.Disposal {
  const bytes = blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return {
    ...{ ...namesOf(facts), artifacts: [...artifacts], class: name, authority, early },
    ...{ blobs: blobs.length, bytes, reason: '', disposedBy: '', disposedAt: undefined, hold: '' },
    status: proto.DisposalStatus.DISPOSAL_STATUS_UNSPECIFIED,
  };
}
