import { assertNoProblems, isDomainError, type DomainError, type ErrorKind } from '#kernel';
import type { provenance as proto } from '#contracts';
import { standingOf, type RunFacts } from '#domain/retention';
import type { CommandContext } from '#runtime';
import { reasonProblems } from '#service';
import type { Provenance } from '../provenance.js';
import { disposalsOf, toDisposals } from './disposals-of.js';
import { areDisposed, disposedKinds, type DisposedKinds } from './disposed-kinds.js';
import { openDisposing, type DisposalOrder, type Disposing } from './disposing.js';
import { planned } from './dispose.js';
import { toHolding } from './retention.mapper.js';
import { allRunFacts } from './run-facts.js';

/** Runs whose needs are in memory together. What one of them shares with a later thousand goes with those. */
const together = 1_000;

/**
 * Disposes of every run whose class has run out, and ends what was cut off between two tombstones; tells of those that are held.
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
  const isDue = new Set(due);
  for (const order of over)
    if (!isDue.has(order)) yield { ...nothing, runId: order.facts.run, heldBy: held(order) };

  async function one(
    disposing: Disposing,
    order: DisposalOrder,
  ): Promise<proto.DisposeExpiredResponse | undefined> {
    await orders.catchUp(signal);
    const { run } = order.facts;
    const heldBy = held(order);
    const blobs = heldBy.length > 0 ? undefined : await disposing.plan(order);
    if (blobs === undefined || dryRun) {
      disposing.settle(order, heldBy.length === 0);
      if (blobs !== undefined) return { ...nothing, runId: run, disposal: planned(order, blobs) };
      return heldBy.length > 0 ? { ...nothing, runId: run, heldBy } : undefined;
    }
    const { status } = await disposing.carryOut(order, blobs, { ...context, reason });
    disposing.settle(order, status === 'finished');
    return {
      ...nothing,
      runId: run,
      disposal: (await toDisposals(provenance, await disposalsOf(provenance, run))).at(-1),
    };
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
        if (!isDomainError(error) || !ofOneRun.has(error.kind)) throw error;
        failures.push(error);
      }
    }
  }
  // The others are done first.
  if (failures[0] !== undefined) throw failures[0];
  yield { ...nothing, done: true };
}

/** Kinds of failures that other runs have nothing to do with: damage, and what another disposal of the same run is about. */
const ofOneRun: ReadonlySet<ErrorKind> = new Set(['integrity', 'invalid', 'rule', 'conflict']);

const nothing: proto.DisposeExpiredResponse = { disposal: undefined, heldBy: [], runId: '', done: false };

/** Nobody pays for a look at every run before something was put in a class. */
async function expired(
  provenance: Provenance,
  past: ReadonlyMap<string, DisposedKinds>,
  signal: AbortSignal,
): Promise<readonly DisposalOrder[]> {
  const { orders, clock } = provenance;
  const isCutOff = [...past.values()].some(({ interrupted }) => interrupted !== undefined);
  if (orders.assigned.size === 0 && !isCutOff) return [];
  const now = clock.now();
  const orderFor = (facts: RunFacts): readonly DisposalOrder[] => {
    const before = past.get(facts.run);
    if (before?.interrupted) {
      const { artifacts, class: name, authority, early } = before.interrupted;
      return [{ facts, artifacts, class: name, authority, early }];
    }
    const { class: of, isOver } = standingOf(facts, orders.assigned, orders.classes, now);
    if (!isOver || (areDisposed(before, of.artifacts) && before?.left === 0)) return [];
    const { artifacts, name, authority } = of;
    return [{ facts, artifacts, class: name, authority, early: false }];
  };
  return [...(await allRunFacts(provenance, signal)).values()].flatMap(orderFor);
}
