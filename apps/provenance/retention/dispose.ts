import { assertNoProblems, DomainError, type Problem } from '#kernel';
import { provenance as proto } from '#contracts';
import { disposalStream } from '#domain/disposal';
import {
  artifactKinds,
  standingOf,
  type ArtifactKind,
  type RunFacts,
  type Standing,
} from '#domain/retention';
import type { CallContext } from '#platform';
import { eventIdOf, positionToken } from '#runtime';
import { authorityProblems, commandContext, insideProblems, reasonProblems } from '#service';
import { findRun, idProblems } from '../find-run.js';
import type { Provenance } from '../provenance.js';
import { disposalsOf, toDisposals } from './disposals-of.js';
import { openDisposing, partContext, type DisposalOrder } from './disposing.js';
import { runFacts } from './run-facts.js';

const mostTold = 1_000;

/**
 * Disposes of one run. Who repeats the command is answered by what it did.
 * @throws INVALID_REQUEST with every problem; RUN_NOT_FOUND, RUN_NOT_ENDED; RUN_HELD by what; RETENTION_NOT_OVER
 */
export async function dispose(
  provenance: Provenance,
  request: proto.DisposeRequest,
  context: CallContext,
): Promise<proto.DisposeResponse> {
  const { namespace, runId, authority, reason, beforeTime, artifacts, dryRun } = request;
  assertNoProblems(
    [
      ...insideProblems(namespace),
      ...idProblems('run_id', runId),
      ...(authority === '' && !beforeTime ? [] : authorityProblems(authority)),
      ...artifactProblems(artifacts),
      ...(dryRun ? [] : reasonProblems(reason)),
    ],
    'INVALID_REQUEST',
  );
  const run = await findRun(provenance, { namespace, field: 'run_id', id: runId }, context);
  const command = commandContext(context, reason);
  const firstEvent = eventIdOf(partContext(command, run, 1).commandId, disposalStream(run), 0);
  const repeated = (await disposalsOf(provenance, run)).some(({ eventId }) => eventId === firstEvent);
  if (repeated && !dryRun) return answer(provenance, run);

  const order = await orderOf(provenance, await runFacts(provenance, run), request, context);
  const disposing = await openDisposing(provenance, [order], context.signal);
  const blobs = await disposing.plan(order);
  if (blobs === undefined) return { disposal: undefined, blobs: [], position: '' };
  const told = blobs.slice(0, mostTold).map(({ digest, sizeBytes }) => ({ digest, sizeBytes }));
  if (dryRun) return { disposal: planned(order, blobs), blobs: told, position: '' };
  const state = await disposing.carryOut(order, blobs, command);
  if (state.status === 'withdrawn') throw await hindrance(provenance, order.facts, context);
  return { ...(await answer(provenance, run)), blobs: told };
}

async function answer(provenance: Provenance, run: string): Promise<proto.DisposeResponse> {
  const [disposals, { position }] = await Promise.all([
    disposalsOf(provenance, run),
    provenance.disposals.load(disposalStream(run)),
  ]);
  const disposal = (await toDisposals(provenance, disposals)).at(-1);
  return { disposal, blobs: [], position: positionToken(position) };
}

/** @throws RUN_NOT_ENDED, RUN_HELD, RETENTION_NOT_OVER */
async function orderOf(
  provenance: Provenance,
  facts: RunFacts,
  { authority, beforeTime, artifacts }: proto.DisposeRequest,
  context: CallContext,
): Promise<DisposalOrder> {
  const { orders, clock } = provenance;
  if (facts.endedAt === undefined)
    throw new DomainError('rule', 'RUN_NOT_ENDED', `run ${facts.run} has not ended, or was refused`);
  await orders.catchUp(context.signal);
  if (orders.holdsOn(facts).length > 0) throw await hindrance(provenance, facts, context);
  const now = standingOf(facts, orders.assigned, orders.classes, clock.now());
  if (!now.isOver && !beforeTime) throw notOver(facts, now);
  return {
    facts,
    artifacts: artifacts.length === 0 ? now.class.artifacts : (artifacts as ArtifactKind[]),
    class: now.class.name,
    authority: authority === '' ? now.class.authority : authority,
    early: !now.isOver,
  };
}

async function hindrance({ orders, clock }: Provenance, facts: RunFacts, { signal }: CallContext) {
  await orders.catchUp(signal);
  const holds = orders.holdsOn(facts);
  if (holds.length === 0)
    return notOver(facts, standingOf(facts, orders.assigned, orders.classes, clock.now()));
  const named = holds.map(({ stream, subject, authority }) => `${stream} on ${subject} (${authority})`);
  const message = `run ${facts.run} is held by ${named.join(', ')}; \`holdfast hold release\` ends a hold`;
  return new DomainError('rule', 'RUN_HELD', message, {
    facts: { holds: holds.map(({ stream }) => stream) },
  });
}

const notOver = ({ run }: RunFacts, { class: of, until }: Standing): DomainError =>
  new DomainError(
    'rule',
    'RETENTION_NOT_OVER',
    `run ${run} is kept ${until === undefined ? 'for ever' : `until ${until}`} (class ${of.name}); --before-time disposes of it all the same, and is recorded`,
  );

export const artifactProblems = (artifacts: readonly string[]): readonly Problem[] =>
  artifacts
    .filter((kind) => !(artifactKinds as readonly string[]).includes(kind))
    .map((kind) => ({
      ...{ code: 'ARTIFACTS_UNKNOWN', field: 'artifacts', found: kind.slice(0, 120) },
      message: `is of ${artifactKinds.join(', ')}`,
    }));

/** What would be disposed of; nothing is recorded of it. */
export function planned(
  { facts, artifacts, class: name, authority, early }: DisposalOrder,
  blobs: readonly { readonly sizeBytes: number }[],
): proto.Disposal {
  const bytes = blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return {
    ...{ runId: facts.run, artifacts: [...artifacts], class: name, authority, early },
    ...{ blobs: blobs.length, bytes, reason: '', disposedBy: '', disposedAt: undefined, hold: '' },
    status: proto.DisposalStatus.DISPOSAL_STATUS_UNSPECIFIED,
  };
}
