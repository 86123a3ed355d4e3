import { assertNoProblems, isDomainError, type DomainError, type ErrorKind } from '#kernel';
import type { provenance as proto } from '#contracts';
import { isDue, standingOf, type SubjectFacts } from '#domain/retention';
import type { CommandContext } from '#runtime';
import { reasonProblems } from '#service';
import type { Provenance } from '../provenance.js';
import { disposalsOf, toDisposals } from './disposals-of.js';
import { areDisposed, disposedKinds, type DisposedKinds } from './disposed-kinds.js';
import { openDisposing, type DisposalOrder, type Disposing } from './disposing.js';
import { planned } from './dispose.js';
import { namesOf, toHolding } from './retention.mapper.js';
import { allFacts } from './subject-facts.js';

/** What so many of them need is in memory together. What one of them shares with a later thousand goes with those. */
const together = 1_000;

/**
 * Disposes of everything whose class has run out, and ends what was cut off between two tombstones; tells of what is held. A version of a
 * dataset that is still read waits until it is not.
 * @throws INVALID_REQUEST; what hinders one of them, after the others are done
 */
export async function* disposeExpired(
  provenance: Provenance,
  { dryRun, reason }: proto.DisposeExpiredRequest,
  context: CommandContext & { readonly signal: AbortSignal },
): AsyncGenerator<proto.DisposeExpiredResponse, void> {
  assertNoProblems(dryRun ? [] : reasonProblems(reason), 'INVALID_REQUEST');
  const { orders } = provenance;
  const { signal } = context;
  await orders.catchUp(signal);
  const past = await disposedKinds(provenance, signal);
  const held = ({ facts }: DisposalOrder) => orders.holdsOn(facts).map(toHolding);
  const over = await expired(provenance, past, signal);
  const due = over.filter((order) => held(order).length === 0);
  for (const order of over) {
    const heldBy = held(order);
    if (heldBy.length > 0) yield { ...nothing, ...namesOf(order.facts), heldBy };
  }

  async function one(
    disposing: Disposing,
    order: DisposalOrder,
  ): Promise<proto.DisposeExpiredResponse | undefined> {
    await orders.catchUp(signal);
    const told = { ...nothing, ...namesOf(order.facts) };
    const heldBy = held(order);
    const isKept = heldBy.length > 0 || (await disposing.isInUse(order));
    const blobs = isKept ? undefined : await disposing.plan(order);
    if (blobs === undefined || dryRun) {
      disposing.settle(order, !isKept);
      if (blobs !== undefined) return { ...told, disposal: planned(order, blobs) };
      return heldBy.length > 0 ? { ...told, heldBy } : undefined;
    }
    const { status } = await disposing.carryOut(order, blobs, { ...context, reason });
    disposing.settle(order, status === 'finished');
    const disposals = await disposalsOf(provenance, order.facts.id);
    return { ...told, disposal: (await toDisposals(provenance, disposals)).at(-1) };
  }

  const failures: DomainError[] = [];
  for (let at = 0; at < due.length; at += together) {
    const some = due.slice(at, at + together);
    const disposing = await openDisposing(provenance, some, signal);
    for (const order of some) {
      signal.throwIfAborted();
      try {
        const told = await one(disposing, order);
        if (told !== undefined) yield told;
      } catch (error) {
        if (!isDomainError(error) || !ofOneAlone.has(error.kind)) throw error;
        failures.push(error);
      }
    }
  }
  // The others are done first.
  if (failures[0] !== undefined) throw failures[0];
  yield { ...nothing, done: true };
}

/** Kinds of failures that others have nothing to do with: damage, and what another disposal of the same run is about. */
const ofOneAlone: ReadonlySet<ErrorKind> = new Set(['integrity', 'invalid', 'rule', 'conflict']);

const nothing: proto.DisposeExpiredResponse = {
  ...{ disposal: undefined, heldBy: [], runId: '', dataset: '', done: false },
};

/** Runs first: what they need no more their datasets may lose then. Nobody pays for a look at all before something was put in a class. */
async function expired(
  provenance: Provenance,
  past: ReadonlyMap<string, DisposedKinds>,
  signal: AbortSignal,
): Promise<readonly DisposalOrder[]> {
  const { orders, clock } = provenance;
  const isCutOff = [...past.values()].some(({ interrupted }) => interrupted !== undefined);
  if (orders.assigned.size === 0 && !isCutOff) return [];
  const now = clock.now();
  const orderFor = (facts: SubjectFacts): readonly DisposalOrder[] => {
    const before = past.get(facts.id);
    if (before?.interrupted) {
      const { artifacts, class: name, authority, early } = before.interrupted;
      return [{ facts, artifacts, class: name, authority, early }];
    }
    const standing = standingOf(facts, orders.assigned, orders.classes, now);
    const { name, authority } = standing.class;
    const artifacts = facts.dataset === undefined ? standing.class.artifacts : (['data'] as const);
    if (!isDue(standing, artifacts) || (areDisposed(before, artifacts) && before?.left === 0)) return [];
    return [{ facts, artifacts, class: name, authority, early: false }];
  };
  const all = await allFacts(provenance, signal);
  const [runs, datasets] = [
    all.filter(({ dataset }) => dataset === undefined),
    all.filter(({ dataset }) => dataset),
  ];
  return [...runs, ...datasets].flatMap(orderFor);
}
